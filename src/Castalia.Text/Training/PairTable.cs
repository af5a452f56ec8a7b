using System.Runtime.CompilerServices;

namespace Castalia.Text.Training;

/// <summary>
/// How often each pair of neighbouring symbols occurs, and the words in which a pair has lately come to be: a hash table with open
/// addressing, the words as linked lists in one pool.
/// </summary>
internal sealed class PairTable
{
    private const ulong Empty = ulong.MaxValue;

    private Slot[] _slots;
    private int _used, _shift;
    private Link[] _links = new Link[1 << 16];
    private int _linksUsed, _free = -1;
    private readonly List<ulong> _touched = [];

    public PairTable()
    {
        _shift = 64 - 16;
        _slots = new Slot[1 << 16];
        Array.Fill(_slots, new Slot { Pair = Empty });
    }

    /// <summary>Two symbols as one key; keys are ordered as the pairs are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    /// <summary>How often a pair occurs.</summary>
    public long CountOf(ulong pair)
    {
        ref Slot slot = ref _slots[Find(pair)];
        return slot.Pair == Empty ? 0 : slot.Count;
    }

    /// <summary>Changes the count of a pair that a word has lost.</summary>
    public void Lose(ulong pair, long times) => At(pair).Count -= times;

    /// <summary>Changes the count of a pair that a word has gained, and keeps in mind that it did.</summary>
    public void Gain(ulong pair, long times, int word)
    {
        ref Slot slot = ref At(pair);
        slot.Count += times;
        if (slot.Words < 0)
            _touched.Add(pair);
        else if (_links[slot.Words].Word == word)
            return;
        slot.Words = Prepend(word, slot.Words);
    }

    /// <summary>
    /// Hands over each pair that was gained since the last call, how often it now occurs, and the list of words that gained it.
    /// </summary>
    public void TakeGained(Action<ulong, long, int> take)
    {
        foreach (ulong pair in _touched)
        {
            ref Slot slot = ref _slots[Find(pair)];
            int words = slot.Words;
            slot.Words = -1;
            take(pair, slot.Count, words);
        }
        _touched.Clear();
    }

    /// <summary>Takes the first word off a list; false at its end.</summary>
    public bool TakeWord(ref int list, out int word)
    {
        if (list < 0)
        {
            word = -1;
            return false;
        }
        int link = list;
        word = _links[link].Word;
        list = _links[link].Next;
        _links[link].Next = _free;
        _free = link;
        return true;
    }

    private int Prepend(int word, int next)
    {
        int link = _free;
        if (link >= 0)
        {
            _free = _links[link].Next;
        }
        else
        {
            if (_linksUsed == _links.Length)
                Array.Resize(ref _links, checked(_links.Length * 2));
            link = _linksUsed++;
        }
        _links[link] = new Link { Word = word, Next = next };
        return link;
    }

    private ref Slot At(ulong pair)
    {
        int at = Find(pair);
        if (_slots[at].Pair == Empty)
        {
            if (++_used > _slots.Length / 2)
            {
                Grow();
                at = Find(pair);
            }
            _slots[at] = new Slot { Pair = pair, Words = -1 };
        }
        return ref _slots[at];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Find(ulong pair)
    {
        Slot[] slots = _slots;
        int at = (int)((pair * 0x9E3779B97F4A7C15) >> _shift);
        while (slots[at].Pair != pair && slots[at].Pair != Empty)
            at = (at + 1) & (slots.Length - 1);
        return at;
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
                _slots[Find(slot.Pair)] = slot;
        }
    }

    private struct Slot
    {
        public ulong Pair;
        public long Count;
        public int Words;
    }

    private struct Link
    {
        public int Word, Next;
    }
}
