using Castalia.Formats;

namespace Castalia.Data;

/// <summary>The tokens of each document, wherever they are kept.</summary>
internal interface IDocumentLengths
{
    /// <summary>How many documents.</summary>
    long Count { get; }

    /// <summary>Copies the lengths of consecutive documents.</summary>
    void Copy(long start, Span<int> destination);
}

/// <summary>Lengths of a packed dataset's sequences; GPT-NeoX takes each sequence for a document.</summary>
internal sealed class DatasetLengths(MegatronDataset dataset) : IDocumentLengths
{
    public long Count => dataset.Count;

    public void Copy(long start, Span<int> destination) => dataset.CopyLengths(start, destination);
}

/// <summary>Lengths in memory.</summary>
internal sealed class ListedLengths(ReadOnlyMemory<int> lengths) : IDocumentLengths
{
    public long Count => lengths.Length;

    public void Copy(long start, Span<int> destination) => lengths.Span.Slice((int)start, destination.Length).CopyTo(destination);
}
