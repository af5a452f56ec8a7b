using System.Runtime.InteropServices;

namespace Castalia.Text.Training;

/// <summary>How often each word occurs: a hash table with open addressing over words in one arena.</summary>
internal sealed class WordCounts
{
    private Entry[] _entries = new Entry[1024];
    private byte[] _arena = new byte[1 << 14];
    private int _arenaUsed, _shift = 54;

    /// <summary>How many different words there are.</summary>
    public int Count { get; private set; }

    /// <summary>Counts a word. Empty words are nothing.</summary>
    public void Add(ReadOnlySpan<byte> word, long times)
    {
        if (word.Length == 0)
            return;
        ulong hash = HashOf(word);
        int at = (int)(hash >> _shift);
        while (_entries[at].Length != 0)
        {
            ref Entry entry = ref _entries[at];
            if (entry.Hash == hash && entry.Length == word.Length && word.SequenceEqual(_arena.AsSpan(entry.Start, entry.Length)))
            {
                entry.Times += times;
                return;
            }
            at = (at + 1) & (_entries.Length - 1);
        }
        if (_arenaUsed + (long)word.Length > _arena.Length)
            Array.Resize(ref _arena, (int)Math.Min(Array.MaxLength, Math.Max(_arena.Length * 2L, _arenaUsed + (long)word.Length)));
        word.CopyTo(_arena.AsSpan(_arenaUsed));
        _entries[at] = new Entry { Hash = hash, Start = _arenaUsed, Length = word.Length, Times = times };
        _arenaUsed += word.Length;
        if (++Count > _entries.Length / 2)
            Grow();
    }

    /// <summary>Adds another table's counts to this one's.</summary>
    public void Add(WordCounts other)
    {
        foreach (Entry entry in other._entries)
            Add(other._arena.AsSpan(entry.Start, entry.Length), entry.Times);
    }

    /// <summary>Which bytes occur in words.</summary>
    public bool[] BytesSeen()
    {
        bool[] seen = new bool[256];
        foreach (byte value in _arena.AsSpan(0, _arenaUsed))
            seen[value] = true;
        return seen;
    }

    /// <summary>The words in order of their bytes and how often each occurs: the same however they were counted.</summary>
    public IEnumerable<(ReadOnlyMemory<byte> Word, long Times)> InOrder()
    {
        Entry[] entries = [.. _entries.Where(entry => entry.Length != 0)];
        Array.Sort(entries, (x, y) => _arena.AsSpan(x.Start, x.Length).SequenceCompareTo(_arena.AsSpan(y.Start, y.Length)));
        return entries.Select(entry => ((ReadOnlyMemory<byte>)_arena.AsMemory(entry.Start, entry.Length), entry.Times));
    }

    private void Grow()
    {
        Entry[] old = _entries;
        _entries = new Entry[checked(old.Length * 2)];
        _shift--;
        foreach (Entry entry in old)
        {
            if (entry.Length == 0)
                continue;
            int at = (int)(entry.Hash >> _shift);
            while (_entries[at].Length != 0)
                at = (at + 1) & (_entries.Length - 1);
            _entries[at] = entry;
        }
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
        public ulong Hash;
        public long Times;
        public int Start, Length;
    }
}
