using System.Numerics;
using System.Runtime.CompilerServices;

namespace Castalia.Text.Bpe;

/// <summary>
/// Which pairs of tokens merge, at which rank and into what: a hash table with open addressing, read-only once built. A slot is one machine
/// word, the pair above the rank, so that the table of a usual vocabulary stays near the processor.
/// </summary>
internal sealed class MergeTable
{
    /// <summary>The rank that says that a pair does not merge: after all others.</summary>
    public const int None = int.MaxValue;

    private const int IdBits = 21, RankBits = 22;
    private const ulong Empty = ulong.MaxValue;

    private readonly ulong[] _slots;
    private readonly int _shift;
    private readonly int[] _resultOf;
    private readonly Dictionary<(int, int), int>? _large;

    /// <param name="merges">In order of rank: the two tokens and the token they make. Of equal pairs the last one's rank counts.</param>
    public MergeTable(IReadOnlyList<(int Left, int Right, int Result)> merges)
    {
        int bits = Math.Max(4, BitOperations.Log2((uint)Math.Max(1, merges.Count)) + 2);
        _shift = 64 - bits;
        _resultOf = [.. merges.Select(merge => merge.Result)];
        HasDistinctResults = _resultOf.Distinct().Count() == merges.Count;
        // Vocabularies of millions of tokens do not fit the slots.
        if (merges.Count >= 1 << RankBits || merges.Any(merge => Math.Max(merge.Left, merge.Right) >= (1 << IdBits) - 1))
        {
            (_slots, _large) = ([], []);
            for (int rank = 0; rank < merges.Count; rank++)
                _large[(merges[rank].Left, merges[rank].Right)] = rank;
            return;
        }
        _slots = new ulong[1 << bits];
        Array.Fill(_slots, Empty);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            ulong key = Key(merges[rank].Left, merges[rank].Right);
            _slots[Find(key)] = key | (uint)rank;
        }
    }

    /// <summary>Whether no two merges make the same token.</summary>
    public bool HasDistinctResults { get; }

    /// <summary>How many merges there are.</summary>
    public int Count => _resultOf.Length;

    /// <summary>The rank at which two tokens merge, or <see cref="None"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int RankOf(int left, int right)
    {
        if (_large is not null)
            return _large.GetValueOrDefault((left, right), None);
        ulong slot = _slots[Find(Key(left, right))];
        return slot == Empty ? None : (int)slot & ((1 << RankBits) - 1);
    }

    /// <summary>What the merge of a rank makes.</summary>
    public int ResultOf(int rank) => _resultOf[rank];

    private static ulong Key(int left, int right) => (((ulong)(uint)left << IdBits) | (uint)right) << RankBits;

    /// <summary>The slot of a pair, or the empty one where it would stand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Find(ulong key)
    {
        ulong[] slots = _slots;
        int at = (int)((key * 0x9E3779B97F4A7C15) >> _shift);
        while (slots[at] is ulong slot && slot != Empty && (slot ^ key) >> RankBits != 0)
            at = (at + 1) & (slots.Length - 1);
        return at;
    }
}
