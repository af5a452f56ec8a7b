using System.Runtime.InteropServices;

namespace Castalia.Formats;

/// <summary>The values that a pickle works on, and the marks between them: what is below the last mark waits for what is being put together above it.</summary>
/// <param name="wrong">The error for an instruction that takes what is not there.</param>
internal sealed class PickleStack(Func<string, InputException> wrong)
{
    private readonly List<object?> _values = [];
    private readonly List<int> _marks = [];

    /// <summary>How many values there are.</summary>
    public int Count => _values.Count;

    /// <summary>A value by position.</summary>
    public object? this[int index] => _values[index];

    /// <summary>The values from a position on.</summary>
    public ReadOnlySpan<object?> From(int position) => CollectionsMarshal.AsSpan(_values)[position..];

    /// <summary>Puts a value on top.</summary>
    public void Push(object? value) => _values.Add(value);

    /// <summary>Puts a value under those from a position on.</summary>
    public void Insert(int position, object? value) => _values.Insert(position, value);

    /// <summary>The value on top.</summary>
    public object? Top() => Count > Floor ? _values[^1] : throw wrong("it takes a value where none has been given.");

    /// <summary>Takes the value on top.</summary>
    public object? Pop()
    {
        object? value = Top();
        _values.RemoveAt(Count - 1);
        return value;
    }

    /// <summary>Takes the value on top, or the mark if that was set last.</summary>
    public void PopValueOrMark()
    {
        if (_marks.Count > 0 && Floor == Count)
            _marks.RemoveAt(_marks.Count - 1);
        else
            Pop();
    }

    /// <summary>The only value, when everything is done.</summary>
    public object? Last() => _marks.Count == 0 && Count == 1 ? _values[0] : throw wrong($"it ends with {Count} values where it has to leave one.");

    /// <summary>Sets a mark.</summary>
    public void SetMark() => _marks.Add(Count);

    /// <summary>Takes the last mark: the position of the first value above it.</summary>
    public int Mark()
    {
        if (_marks.Count == 0)
            throw wrong("it goes back to a mark where none has been set.");
        int mark = Floor;
        _marks.RemoveAt(_marks.Count - 1);
        return mark;
    }

    /// <summary>Takes everything from a position on.</summary>
    public void CutTo(int count) => _values.RemoveRange(count, Count - count);

    /// <summary>The position of the first value that an instruction takes, made sure of: it is above the last mark with so many others between.</summary>
    public int First(int position, int below) => position >= Floor + below ? position : throw wrong("it takes more values than have been given.");

    private int Floor => _marks.Count > 0 ? _marks[^1] : 0;
}
