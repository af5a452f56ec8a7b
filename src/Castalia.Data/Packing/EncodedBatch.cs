using System.Runtime.InteropServices;

namespace Castalia.Data;

/// <summary>A few documents' tokens one after the other, with where each ends.</summary>
internal sealed class EncodedBatch(List<int> tokens)
{
    private readonly List<(string Source, long Bytes, int End)> _documents = [];

    /// <summary>Notes that a document ends with the tokens added so far.</summary>
    public void End(string source, long bytes) => _documents.Add((source, bytes, tokens.Count));

    /// <summary>The documents in the order they were added.</summary>
    public IEnumerable<(string Source, long Bytes, int Start, int End)> Documents()
    {
        int start = 0;
        foreach ((string source, long bytes, int end) in _documents)
        {
            yield return (source, bytes, start, end);
            start = end;
        }
    }

    /// <summary>Tokens from one place to another.</summary>
    public ReadOnlySpan<int> Tokens(int start, int end) => CollectionsMarshal.AsSpan(tokens)[start..end];
}
