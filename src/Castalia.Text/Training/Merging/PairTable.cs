using System.Runtime.CompilerServices;

namespace Castalia.Text.Training;

/// <summary>How often each pair of neighbouring symbols occurs: a hash table with open addressing.</summary>
internal sealed class PairTable
{
    private const ulong Empty = ulong.MaxValue;

    private Slot[] _slots;
    private int _used, _shift;

    public PairTable(int bits = 14)
    {
        _shift = 64 - bits;
        _slots = new Slot[1 << bits];
        Array.Fill(_slots, new Slot { Pair = Empty });
    }

    /// <summary>Two symbols as one key; keys are ordered as the pairs are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    /// <summary>How many places there are; <see cref="PlaceOf"/> is less than it until a pair is added.</summary>
    public int Places => _slots.Length;

    /// <summary>How often a pair occurs.</summary>
    public long CountOf(ulong pair)
    {
        ref Slot slot = ref _slots[PlaceOf(pair)];
        return slot.Pair == Empty ? 0 : slot.Count;
    }

    /// <summary>Changes how often a pair occurs, and returns it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Change(ulong pair, long times)
    {
        ref Slot slot = ref _slots[PlaceOf(pair)];
        return slot.Pair == pair ? slot.Count += times : Insert(pair, times);
    }

    /// <summary>Where a pair is, or would be.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int PlaceOf(ulong pair)
    {
        Slot[] slots = _slots;
        int at = (int)((pair * 0x9E3779B97F4A7C15) >> _shift);
        while (slots[at].Pair != pair && slots[at].Pair != Empty)
            at = (at + 1) & (slots.Length - 1);
        return at;
    }

    /// <summary>The pair at a place and how often it occurs; false for an empty place.</summary>
    public bool At(int place, out ulong pair, out long count)
    {
        (pair, count) = (_slots[place].Pair, _slots[place].Count);
        return pair != Empty;
    }

    private long Insert(ulong pair, long times)
    {
        if (++_used > _slots.Length / 8 * 5)
            Grow();
        _slots[PlaceOf(pair)] = new Slot { Pair = pair, Count = times };
        return times;
    }

    private void Grow()
    {
        Slot[] old = _slots;
        _slots = new Slot[checked(old.Length * 2)];
        Array.Fill(_slots, new Slot { Pair = Empty });
        _shift--;
        foreach (Slot slot in old)
        {
            if (slot.Pair != Empty)
                _slots[PlaceOf(slot.Pair)] = slot;
        }
    }

    private struct Slot
    {
        public ulong Pair;
        public long Count;
    }
}
