using System.Runtime.InteropServices;

namespace Castalia.Text.Training;

/// <summary>
/// Counts words in memory: a hash table with open addressing over entries in the order they came, their bytes in one arena. It may be held
/// to a budget; what does not fit is refused, so that the caller can put the counts elsewhere and begin anew.
/// </summary>
/// <param name="budget">How many bytes the table may take. One word always fits.</param>
internal sealed class WordCounts(long budget = long.MaxValue) : CountedWords
{
    private const int EntrySize = 24, FewestSlots = 1 << 10, SmallestArena = 1 << 14;

    /// <summary>The upper half of the word's hash and one more than its entry's index; 0 where there is none.</summary>
    private ulong[] _slots = new ulong[FewestSlots];
    private int _shift = 64 - 10;
    private Entry[] _entries = new Entry[FewestSlots / 2];
    private byte[] _arena = new byte[SmallestArena];
    private int _arenaUsed;

    /// <summary>How many different words there are.</summary>
    public int Count { get; private set; }

    /// <summary>Counts a word. Empty words are nothing.</summary>
    /// <returns>Whether it could be counted within the budget.</returns>
    public bool Add(ReadOnlySpan<byte> word, long times)
    {
        if (word.Length == 0)
            return true;
        ulong hash = HashOf(word);
        uint tag = (uint)(hash >> 32);
        int at = (int)(hash >> _shift);
        for (; _slots[at] != 0; at = (at + 1) & (_slots.Length - 1))
        {
            if ((uint)(_slots[at] >> 32) != tag)
                continue;
            ref Entry entry = ref _entries[(int)(uint)_slots[at] - 1];
            if (entry.Length == word.Length && word.SequenceEqual(_arena.AsSpan(entry.Start, entry.Length)))
            {
                entry.Times += times;
                return true;
            }
        }
        if (!MakeRoom(word.Length, out bool moved))
            return false;
        if (moved)
            at = FreeSlot(hash);
        word.CopyTo(_arena.AsSpan(_arenaUsed));
        _entries[Count++] = new Entry { Hash = (uint)hash, Start = _arenaUsed, Length = word.Length, Times = times };
        _slots[at] = ((ulong)tag << 32) | (uint)Count;
        _arenaUsed += word.Length;
        return true;
    }

    /// <summary>Adds another table's counts to this one's, which must have no budget.</summary>
    public void Add(WordCounts other)
    {
        foreach (ref readonly Entry entry in other._entries.AsSpan(0, other.Count))
            Add(other._arena.AsSpan(entry.Start, entry.Length), entry.Times);
    }

    /// <summary>Forgets all counts; the memory is kept.</summary>
    public void Clear()
    {
        Array.Clear(_slots);
        Count = _arenaUsed = 0;
    }

    public override void ForEach(WordVisitor visit)
    {
        foreach (ref readonly Entry entry in _entries.AsSpan(0, Count))
            visit(_arena.AsSpan(entry.Start, entry.Length), entry.Times);
    }

    public override void ForEachInOrder(WordVisitor visit)
    {
        foreach (int index in Order())
            visit(_arena.AsSpan(_entries[index].Start, _entries[index].Length), _entries[index].Times);
    }

    public override void Dispose()
    {
        _slots = new ulong[FewestSlots];
        _shift = 64 - 10;
        _entries = new Entry[FewestSlots / 2];
        _arena = new byte[SmallestArena];
        Count = _arenaUsed = 0;
    }

    /// <summary>The entries' indices in order of the words' bytes: sorted by the first eight, then the runs that are equal there by the rest.</summary>
    private int[] Order()
    {
        ulong[] heads = new ulong[Count];
        int[] order = new int[Count];
        for (int i = 0; i < Count; i++)
        {
            ReadOnlySpan<byte> word = WordAt(i);
            for (int k = 0; k < 8; k++)
                heads[i] = (heads[i] << 8) | (k < word.Length ? word[k] : 0u);
            order[i] = i;
        }
        Array.Sort(heads, order);
        for (int start = 0, end; start < Count; start = end)
        {
            for (end = start + 1; end < Count && heads[end] == heads[start];)
                end++;
            if (end - start > 1)
                order.AsSpan(start, end - start).Sort((x, y) => WordAt(x).SequenceCompareTo(WordAt(y)));
        }
        return order;
    }

    private ReadOnlySpan<byte> WordAt(int index) => _arena.AsSpan(_entries[index].Start, _entries[index].Length);

    /// <summary>Sees to it that one more word of a length fits; false if that would go over the budget.</summary>
    private bool MakeRoom(int length, out bool moved)
    {
        moved = false;
        long slots = _slots.Length, entries = _entries.Length, arena = _arena.Length;
        if (Count + 1 > slots / 4 * 3)
            slots *= 2;
        if (Count + 1 > entries)
            entries += entries / 2;
        if (_arenaUsed + (long)length > arena)
            arena = Math.Max(arena + arena / 2, _arenaUsed + (long)length);
        bool large = slots * sizeof(ulong) + entries * EntrySize + arena > budget || slots > 1 << 30 || entries > Array.MaxLength || arena > Array.MaxLength;
        if (large && Count > 0 && (slots, entries, arena) != (_slots.Length, _entries.Length, _arena.Length))
            return false;
        if (arena > _arena.Length)
            Array.Resize(ref _arena, (int)Math.Min(arena, Array.MaxLength));
        if (entries > _entries.Length)
            Array.Resize(ref _entries, (int)entries);
        if (slots > _slots.Length)
        {
            moved = true;
            Rehash((int)slots);
        }
        return true;
    }

    private void Rehash(int size)
    {
        ulong[] old = _slots;
        _slots = new ulong[size];
        _shift--;
        foreach (ulong slot in old)
        {
            if (slot != 0)
                _slots[FreeSlot((slot & 0xFFFF_FFFF_0000_0000) | _entries[(int)(uint)slot - 1].Hash)] = slot;
        }
    }

    private int FreeSlot(ulong hash)
    {
        int at = (int)(hash >> _shift);
        while (_slots[at] != 0)
            at = (at + 1) & (_slots.Length - 1);
        return at;
    }

    private static ulong HashOf(ReadOnlySpan<byte> word)
    {
        ulong hash = 0x9E3779B97F4A7C15 * (ulong)word.Length;
        for (; word.Length >= 8; word = word[8..])
            hash = Mix(hash ^ MemoryMarshal.Read<ulong>(word));
        ulong rest = 0;
        foreach (byte value in word)
            rest = (rest << 8) | value;
        return Mix(hash ^ rest);
    }

    private static ulong Mix(ulong value)
    {
        ulong upper = Math.BigMul(value ^ 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, out ulong lower);
        return upper ^ lower;
    }

    private struct Entry
    {
        public long Times;
        public int Start, Length;
        public uint Hash;
    }
}
