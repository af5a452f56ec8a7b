using System.Runtime.CompilerServices;

namespace Castalia.Text.Regexes;

/// <summary>
/// What is known of going on at an instruction from a place of a text: one byte for each pair, in pages that exist once something is
/// written to them. What is known holds for the whole text, wherever a match began.
/// </summary>
internal sealed class FailureMemo
{
    /// <summary>Nothing is known.</summary>
    public const byte Unknown = 0;

    /// <summary>The part that the instruction is in does not match from there. Greater values: see <see cref="Backtracker"/>.</summary>
    public const byte Failed = 1;

    /// <summary>The part of a Look that the instruction is in matches from there.</summary>
    public const byte Matched = 255;

    private const int PageSize = 1 << 16;

    // A gigabyte at most; beyond it nothing more is remembered, which costs time, not truth.
    private const int MostPages = 1 << 14;

    private const int SparePages = 64;

    private readonly Stack<byte[]> _spare = new();
    private readonly List<int> _used = [];

    private byte[]?[] _pages = [];
    private int _slots;
    private int _shift;

    /// <summary>Whether anything is known.</summary>
    public bool IsEmpty => _used.Count == 0;

    /// <summary>Makes ready for a text.</summary>
    public void Open(int slots, int textLength)
    {
        _slots = Math.Max(slots, 1);
        _shift = System.Numerics.BitOperations.Log2((uint)(PageSize / _slots));
        int count = (textLength >> _shift) + 1;
        if (_pages.Length < count)
            _pages = new byte[]?[count];
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        foreach (int page in _used)
            Release(page);
        _used.Clear();
        if (_pages.Length > 1 << 16)
            _pages = [];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte At(int slot, int place)
    {
        byte[]? page = _pages[place >> _shift];
        return page is null ? Unknown : page[(place & ((1 << _shift) - 1)) * _slots + slot];
    }

    public void Set(int slot, int place, byte value) => Set(slot, place, place, value);

    /// <summary>Writes a value for all places from one to another.</summary>
    public void Set(int slot, int first, int last, byte value)
    {
        for (int place = first; place <= last; place++)
        {
            if ((_pages[place >> _shift] ?? Add(place >> _shift)) is { } page)
                page[(place & ((1 << _shift) - 1)) * _slots + slot] = value;
        }
    }

    /// <summary>Forgets what is known of one place.</summary>
    public void Forget(int place)
    {
        if (_pages.Length > place >> _shift && _pages[place >> _shift] is { } page)
            page.AsSpan((place & ((1 << _shift) - 1)) * _slots, _slots).Clear();
    }

    /// <summary>Gives back the memory of places before one: no match will begin there any more.</summary>
    public void ForgetBefore(int place)
    {
        for (int i = _used.Count - 1; i >= 0; i--)
        {
            if (_used[i] >= place >> _shift)
                continue;
            Release(_used[i]);
            _used[i] = _used[^1];
            _used.RemoveAt(_used.Count - 1);
        }
    }

    private byte[]? Add(int page)
    {
        if (_used.Count == MostPages)
            return null;
        if (_spare.TryPop(out byte[]? bytes))
            Array.Clear(bytes);
        _used.Add(page);
        return _pages[page] = bytes ?? new byte[PageSize];
    }

    private void Release(int page)
    {
        if (_spare.Count < SparePages && _pages[page] is { } bytes)
            _spare.Push(bytes);
        _pages[page] = null;
    }
}
