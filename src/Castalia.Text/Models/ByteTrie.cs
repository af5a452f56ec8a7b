using System.Runtime.CompilerServices;

namespace Castalia.Text.Models;

/// <summary>
/// Byte strings with numbers, to be walked byte by byte along a text: a double array (Aoe 1989), one step a byte whatever the set. The
/// children of a node lie at its base, each exclusive-or its byte, and know whose children they are. Read-only once built.
/// </summary>
internal sealed class ByteTrie
{
    /// <summary>The node where every string begins.</summary>
    public const int Root = 0;

    private const int BlockSize = 256, Free = -1, Nobody = -2;

    private Node[] _nodes = [];

    private int _size, _firstFree;

    /// <param name="entries">The strings and their numbers, which are not negative. Of equal strings the last counts; the empty string is left out.</param>
    public ByteTrie(IEnumerable<(byte[] Bytes, int Value)> entries)
    {
        (byte[] Bytes, int Value)[] sorted = [.. entries.Where(entry => entry.Bytes.Length > 0).OrderBy(entry => entry.Bytes, ByBytes)];
        AddBlock();
        _nodes[Root].Owner = Nobody;
        // Each node waits with the entries that begin with its bytes.
        Stack<(int Node, int From, int To, int Depth)> open = new([(Root, 0, sorted.Length, 0)]);
        List<(byte Label, int From, int To)> children = [];
        while (open.TryPop(out (int Node, int From, int To, int Depth) at))
        {
            int from = at.From;
            for (; from < at.To && sorted[from].Bytes.Length == at.Depth; from++)
                _nodes[at.Node].Value = sorted[from].Value;
            children.Clear();
            while (from < at.To)
            {
                byte label = sorted[from].Bytes[at.Depth];
                int end = from + 1;
                while (end < at.To && sorted[end].Bytes[at.Depth] == label)
                    end++;
                children.Add((label, from, end));
                from = end;
            }
            if (children.Count == 0)
                continue;
            int start = FindBase(children);
            _nodes[at.Node].Base = start;
            foreach ((byte label, int first, int end) in children)
            {
                _nodes[start ^ label].Owner = at.Node;
                open.Push((start ^ label, first, end, at.Depth + 1));
            }
        }
        Array.Resize(ref _nodes, _size);
    }

    private static Comparer<byte[]> ByBytes { get; } = Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y));

    /// <summary>The node that a byte leads to, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Next(int node, byte label)
    {
        // Bases are in whole blocks of 256, so that the place is inside whatever the byte.
        Node[] nodes = _nodes;
        int next = nodes[node].Base ^ label;
        return nodes[next].Owner == node ? next : -1;
    }

    /// <summary>The node that bytes lead to, or -1.</summary>
    public int Next(int node, ReadOnlySpan<byte> labels)
    {
        for (int i = 0; i < labels.Length && node >= 0; i++)
            node = Next(node, labels[i]);
        return node;
    }

    /// <summary>The number of the string that ends at a node, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ValueAt(int node) => _nodes[node].Value;

    /// <summary>The number of a string, or -1.</summary>
    public int ValueOf(ReadOnlySpan<byte> bytes) => Next(Root, bytes) is int node and > Root ? _nodes[node].Value : -1;

    /// <summary>A base whose children's places are all free. Few places are tried before the array grows, so that building stays linear.</summary>
    private int FindBase(List<(byte Label, int From, int To)> children)
    {
        int lastBlock = _size - BlockSize;
        while (_firstFree < lastBlock && _nodes[_firstFree].Owner != Free)
            _firstFree++;
        if (TryFit(children, _firstFree, Math.Min(_firstFree + BlockSize, lastBlock), out int start) || TryFit(children, lastBlock, _size, out start))
            return start;
        // What was tried in vain would be tried again by every node that follows.
        _firstFree = Math.Min(_firstFree + (BlockSize / 4), lastBlock);
        AddBlock();
        return lastBlock + BlockSize;
    }

    private bool TryFit(List<(byte Label, int From, int To)> children, int from, int to, out int start)
    {
        for (int place = from; place < to; place++)
        {
            start = place ^ children[0].Label;
            bool fits = true;
            for (int i = 0; fits && i < children.Count; i++)
                fits = _nodes[start ^ children[i].Label].Owner == Free;
            if (fits)
                return true;
        }
        start = 0;
        return false;
    }

    private void AddBlock()
    {
        if (_nodes.Length < _size + BlockSize)
            Array.Resize(ref _nodes, Math.Max(_nodes.Length * 2, BlockSize));
        Array.Fill(_nodes, new Node { Owner = Free, Value = -1 }, _size, BlockSize);
        _size += BlockSize;
    }

    private struct Node
    {
        /// <summary>Where the children lie; for a node without any, a place that is not its own child's.</summary>
        public int Base;

        /// <summary>The node whose child this is.</summary>
        public int Owner;

        /// <summary>The number of the string that ends here, or -1.</summary>
        public int Value;
    }
}
