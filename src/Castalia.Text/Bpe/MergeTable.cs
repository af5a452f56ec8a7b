using System.Numerics;
using System.Runtime.CompilerServices;

namespace Castalia.Text.Bpe;

/// <summary>Which pairs of tokens merge, at which rank and into what: a hash table with open addressing, read-only once built.</summary>
internal sealed class MergeTable
{
    /// <summary>The rank that says that a pair does not merge: after all others.</summary>
    public const int None = int.MaxValue;

    private const ulong Empty = ulong.MaxValue;

    private readonly Slot[] _slots;
    private readonly int _shift;
    private readonly int[] _resultOf;

    /// <param name="merges">In order of rank: the two tokens and the token they make. Of equal pairs the last one's rank counts.</param>
    public MergeTable(IReadOnlyList<(int Left, int Right, int Result)> merges)
    {
        int bits = Math.Max(4, BitOperations.Log2((uint)Math.Max(1, merges.Count)) + 2);
        _shift = 64 - bits;
        _slots = new Slot[1 << bits];
        Array.Fill(_slots, new Slot { Key = Empty });
        _resultOf = new int[merges.Count];
        HashSet<int> results = new(merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            (int left, int right, int result) = merges[rank];
            _resultOf[rank] = result;
            results.Add(result);
            _slots[Find(Key(left, right))] = new Slot { Key = Key(left, right), Rank = rank };
        }
        HasDistinctResults = results.Count == merges.Count;
    }

    /// <summary>Whether no two merges make the same token.</summary>
    public bool HasDistinctResults { get; }

    /// <summary>How many merges there are.</summary>
    public int Count => _resultOf.Length;

    /// <summary>The rank at which two tokens merge, or <see cref="None"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int RankOf(int left, int right)
    {
        ref Slot slot = ref _slots[Find(Key(left, right))];
        return slot.Key == Empty ? None : slot.Rank;
    }

    /// <summary>What the merge of a rank makes.</summary>
    public int ResultOf(int rank) => _resultOf[rank];

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Find(ulong key)
    {
        Slot[] slots = _slots;
        int at = (int)((key * 0x9E3779B97F4A7C15) >> _shift);
        while (slots[at].Key != key && slots[at].Key != Empty)
            at = (at + 1) & (slots.Length - 1);
        return at;
    }

    private struct Slot
    {
        public ulong Key;
        public int Rank;
    }
}
