namespace Castalia.Text.Models;

/// <summary>
/// Byte strings with numbers, laid out so that what begins at a place of a text can be walked byte by byte. A node's children are
/// neighbours, in order of their bytes. Read-only once built.
/// </summary>
internal sealed class ByteTrie
{
    private readonly byte[] _labels;
    private readonly int[] _firstChild, _values;
    private readonly int[] _roots = new int[256];

    /// <param name="entries">The strings and their numbers, which are not negative. Of equal strings the last counts; the empty string is left out.</param>
    public ByteTrie(IEnumerable<(byte[] Bytes, int Value)> entries)
    {
        List<(byte[] Bytes, int Value)> sorted = [];
        foreach ((byte[] Bytes, int Value) entry in entries.Where(entry => entry.Bytes.Length > 0).OrderBy(entry => entry, Comparer<(byte[] Bytes, int Value)>.Create(
            (x, y) => x.Bytes.AsSpan().SequenceCompareTo(y.Bytes))))
        {
            if (sorted.Count > 0 && sorted[^1].Bytes.AsSpan().SequenceEqual(entry.Bytes))
                sorted[^1] = entry;
            else
                sorted.Add(entry);
        }
        List<byte> labels = [0];
        List<int> firstChild = [], values = [];
        // Breadth first: the children of each node follow those of the node before it.
        Queue<(int From, int To, int Depth)> open = new([(0, sorted.Count, 0)]);
        while (open.TryDequeue(out (int From, int To, int Depth) node))
        {
            (int from, int to, int depth) = node;
            bool ends = from < to && sorted[from].Bytes.Length == depth;
            values.Add(ends ? sorted[from++].Value : -1);
            firstChild.Add(labels.Count);
            while (from < to)
            {
                byte label = sorted[from].Bytes[depth];
                int end = from + 1;
                while (end < to && sorted[end].Bytes[depth] == label)
                    end++;
                labels.Add(label);
                open.Enqueue((from, end, depth + 1));
                from = end;
            }
        }
        firstChild.Add(labels.Count);
        (_labels, _firstChild, _values) = ([.. labels], [.. firstChild], [.. values]);
        for (int child = _firstChild[0]; child < _firstChild[1]; child++)
            _roots[_labels[child]] = child;
    }

    /// <summary>The node where every string begins.</summary>
    public const int Root = 0;

    /// <summary>The node that a byte leads to, or -1.</summary>
    public int Next(int node, byte label)
    {
        if (node == Root)
            return _roots[label] is int root and > 0 ? root : -1;
        int first = _firstChild[node];
        int index = _labels.AsSpan(first, _firstChild[node + 1] - first).IndexOf(label);
        return index < 0 ? -1 : first + index;
    }

    /// <summary>The node that bytes lead to, or -1.</summary>
    public int Next(int node, ReadOnlySpan<byte> labels)
    {
        foreach (byte label in labels)
        {
            node = Next(node, label);
            if (node < 0)
                break;
        }
        return node;
    }

    /// <summary>The number of the string that ends at a node, or -1.</summary>
    public int ValueAt(int node) => _values[node];
}
