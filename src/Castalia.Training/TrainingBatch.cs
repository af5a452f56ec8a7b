using Castalia.Data;

namespace Castalia.Training;

/// <summary>Samples to learn from, row after row of sequence length + 1 tokens.</summary>
/// <param name="tokens">Token ids. <c>[batch, sequence + 1]</c></param>
/// <param name="labels">Each token again where it is learned, else −100; empty where every token but a row's first is. <c>[batch, sequence + 1]</c></param>
public readonly ref struct TrainingBatch(ReadOnlySpan<int> tokens, ReadOnlySpan<int> labels = default)
{
    /// <summary>Token ids.</summary>
    public ReadOnlySpan<int> Tokens { get; } = tokens;

    /// <summary>Each token again where it is learned, else −100; empty where every token but a row's first is.</summary>
    public ReadOnlySpan<int> Labels { get; } = labels;

    /// <summary>Some of its rows.</summary>
    /// <param name="start">The first token.</param>
    /// <param name="length">How many tokens.</param>
    public TrainingBatch Slice(int start, int length) => new(Tokens.Slice(start, length), Labels.IsEmpty ? default : Labels.Slice(start, length));

    /// <summary>How many tokens are learned; a row's first never is.</summary>
    /// <param name="rowLength">Tokens of a row.</param>
    public long Learned(int rowLength)
    {
        long rows = Tokens.Length / rowLength;
        if (Labels.IsEmpty)
            return rows * (rowLength - 1);
        long learned = 0;
        for (int i = 0; i < Labels.Length; i++)
            learned += i % rowLength != 0 && Labels[i] != SupervisedDataset.IgnoredLabel ? 1 : 0;
        return learned;
    }

    /// <summary>The last place of any row at which something is learned: behind it nothing has to be computed.</summary>
    /// <param name="rowLength">Tokens of a row.</param>
    public int LastLearned(int rowLength)
    {
        if (Labels.IsEmpty)
            return rowLength - 1;
        int last = 0;
        for (int start = 0; start < Labels.Length; start += rowLength)
            last = Math.Max(last, Labels.Slice(start, rowLength).LastIndexOfAnyExcept(SupervisedDataset.IgnoredLabel));
        return last;
    }
}
