using System.Runtime.InteropServices;

namespace Castalia.Text.Regexes;

/// <summary>An immutable set of code points, kept as its runs in ascending order.</summary>
internal sealed class CodePointSet : IEquatable<CodePointSet>
{
    /// <summary>The greatest code point.</summary>
    public const int Last = 0x10FFFF;

    // First and last of each run; neither overlapping nor touching.
    private readonly int[] _ends;

    private CodePointSet(int[] ends) => _ends = ends;

    public static CodePointSet Empty { get; } = new([]);

    public static CodePointSet All { get; } = new([0, Last]);

    /// <summary>First and last code point of each run.</summary>
    public ReadOnlySpan<int> Ends => _ends;

    public bool IsEmpty => _ends.Length == 0;

    /// <summary>Its one member, or -1 when it has none or several.</summary>
    public int Single => _ends.Length == 2 && _ends[0] == _ends[1] ? _ends[0] : -1;

    /// <summary>All from one code point to another, both of them in it.</summary>
    public static CodePointSet Range(int first, int last) => new([first, last]);

    /// <summary>The given code points, in any order.</summary>
    public static CodePointSet Of(params ReadOnlySpan<int> members)
    {
        List<int> ends = new(members.Length * 2);
        foreach (int member in members)
            ends.AddRange([member, member]);
        return Union(ends);
    }

    /// <summary>The union of runs that may come in any order, overlap and touch: first and last of each.</summary>
    public static CodePointSet Union(IReadOnlyList<int> ends)
    {
        long[] runs = new long[ends.Count / 2];
        for (int i = 0; i < runs.Length; i++)
            runs[i] = ((long)ends[2 * i] << 32) | (uint)ends[2 * i + 1];
        Array.Sort(runs);
        List<int> merged = new(ends.Count);
        foreach (long run in runs)
        {
            int first = (int)(run >> 32), last = (int)run;
            if (merged.Count > 0 && first <= merged[^1] + 1)
                merged[^1] = Math.Max(merged[^1], last);
            else
                merged.AddRange([first, last]);
        }
        return new([.. merged]);
    }

    /// <summary>What is in any of the sets.</summary>
    public static CodePointSet Union(params ReadOnlySpan<CodePointSet> sets)
    {
        List<int> ends = [];
        foreach (CodePointSet set in sets)
            ends.AddRange(set._ends);
        return Union(ends);
    }

    public static CodePointSet operator |(CodePointSet left, CodePointSet right) =>
        right.IsEmpty ? left : left.IsEmpty ? right : Union(left, right);

    public static CodePointSet operator &(CodePointSet left, CodePointSet right)
    {
        List<int> ends = [];
        for (int i = 0, j = 0; i < left._ends.Length && j < right._ends.Length;)
        {
            int first = Math.Max(left._ends[i], right._ends[j]), last = Math.Min(left._ends[i + 1], right._ends[j + 1]);
            if (first <= last)
                ends.AddRange([first, last]);
            if (left._ends[i + 1] < right._ends[j + 1])
                i += 2;
            else
                j += 2;
        }
        return new([.. ends]);
    }

    /// <summary>All code points that are not in it.</summary>
    public static CodePointSet operator ~(CodePointSet set)
    {
        List<int> ends = new(set._ends.Length + 2);
        int next = 0;
        for (int i = 0; i < set._ends.Length; i += 2)
        {
            if (set._ends[i] > next)
                ends.AddRange([next, set._ends[i] - 1]);
            next = set._ends[i + 1] + 1;
        }
        if (next <= Last)
            ends.AddRange([next, Last]);
        return new([.. ends]);
    }

    public bool Contains(int codePoint)
    {
        int at = Array.BinarySearch(_ends, codePoint);
        return at >= 0 || (~at & 1) == 1;
    }

    /// <summary>Whether some code point is in both.</summary>
    public bool Overlaps(CodePointSet other) => !(this & other).IsEmpty;

    public bool Equals(CodePointSet? other) => other is not null && _ends.AsSpan().SequenceEqual(other._ends);

    public override bool Equals(object? obj) => Equals(obj as CodePointSet);

    public override int GetHashCode()
    {
        HashCode hash = new();
        hash.AddBytes(MemoryMarshal.AsBytes<int>(_ends));
        return hash.ToHashCode();
    }
}
