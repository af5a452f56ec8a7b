using System.Collections;

namespace Castalia.Text.Jinja.Python;

/// <summary>Python's <c>range</c>: an arithmetic sequence that is not stored.</summary>
public sealed class PythonRange : IReadOnlyList<object?>
{
    /// <summary>The most members a range may have, as in Jinja2's sandbox.</summary>
    public const int MaxCount = 100_000;

    private readonly long _start;
    private readonly long _stop;
    private readonly long _step;

    /// <summary>The numbers from <paramref name="start"/>, <paramref name="step"/> apart, before <paramref name="stop"/>.</summary>
    public PythonRange(long start, long stop, long step)
    {
        if (step == 0)
            throw new PythonException("ValueError: range() arg 3 must not be zero");
        (_start, _stop, _step) = (start, stop, step);
        Int128 count = step > 0
            ? ((Int128)stop - start + step - 1) / step
            : ((Int128)start - stop - step - 1) / -(Int128)step;
        if (count > MaxCount)
            throw new PythonException($"OverflowError: a range of {count} numbers; at most {MaxCount} are allowed");
        Count = (int)Int128.Max(0, count);
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public object? this[int index] => _start + index * _step;

    /// <inheritdoc/>
    public IEnumerator<object?> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>As Python prints it.</summary>
    public override string ToString() => _step == 1 ? $"range({_start}, {_stop})" : $"range({_start}, {_stop}, {_step})";
}
