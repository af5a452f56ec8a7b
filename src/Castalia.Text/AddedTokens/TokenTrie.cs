using System.Buffers;

namespace Castalia.Text.AddedTokens;

/// <summary>
/// Finds the leftmost, and there the longest, of a set of byte strings. The skip to the next place where one may begin is vectorised:
/// for the strings' common beginning where they have one, else for their first bytes.
/// </summary>
internal sealed class TokenTrie
{
    private readonly List<Node> _nodes = [new Node()];
    private readonly byte[] _prefix;
    private readonly SearchValues<byte> _firstBytes;

    /// <param name="patterns">The strings, none of them empty; the first of equal ones counts.</param>
    public TokenTrie(IReadOnlyList<byte[]> patterns)
    {
        for (int i = 0; i < patterns.Count; i++)
            Insert(patterns[i], i);
        _prefix = patterns.Count == 0 ? [] : patterns[0][..patterns.Min(p => p.AsSpan().CommonPrefixLength(patterns[0]))];
        _firstBytes = SearchValues.Create(patterns.Select(p => p[0]).Distinct().ToArray());
    }

    /// <summary>Whether there is nothing to find.</summary>
    public bool IsEmpty => _nodes.Count == 1;

    /// <summary>The first match at or after a place: its start, length and which string it is; false for none.</summary>
    public bool Find(ReadOnlySpan<byte> text, int from, out int start, out int length, out int pattern)
    {
        for (start = from; ; start++)
        {
            int skip = _prefix.Length > 0 ? text[start..].IndexOf(_prefix) : text[start..].IndexOfAny(_firstBytes);
            if (skip < 0)
            {
                length = pattern = 0;
                return false;
            }
            start += skip;
            if (LongestAt(text[start..], out length, out pattern))
                return true;
        }
    }

    private bool LongestAt(ReadOnlySpan<byte> text, out int length, out int pattern)
    {
        (length, pattern) = (0, -1);
        Node node = _nodes[0];
        for (int i = 0; i < text.Length && node.Child(text[i]) is int child and > 0; i++)
        {
            node = _nodes[child];
            if (node.Pattern >= 0)
                (length, pattern) = (i + 1, node.Pattern);
        }
        return pattern >= 0;
    }

    private void Insert(byte[] bytes, int pattern)
    {
        Node node = _nodes[0];
        foreach (byte value in bytes)
        {
            int child = node.Child(value);
            if (child == 0)
            {
                child = _nodes.Count;
                _nodes.Add(new Node());
                node.Add(value, child);
            }
            node = _nodes[child];
        }
        if (node.Pattern < 0)
            node.Pattern = pattern;
    }

    private sealed class Node
    {
        private byte[] _labels = [];
        private int[] _children = [];

        public int Pattern { get; set; } = -1;

        public int Child(byte label)
        {
            int index = _labels.AsSpan().IndexOf(label);
            return index < 0 ? 0 : _children[index];
        }

        public void Add(byte label, int child)
        {
            _labels = [.. _labels, label];
            _children = [.. _children, child];
        }
    }
}
