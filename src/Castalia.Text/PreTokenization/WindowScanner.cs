using System.Numerics;

namespace Castalia.Text.PreTokenization;

/// <summary>
/// A scanner that finds the words of most text 64 bytes at a time. A window is laid where a word begins; what it shows gives the beginnings
/// of the words in it, and the next window is laid at the last one that is certain. Nothing is carried over: patterns do not look back past
/// the beginning of a word. A word that a window cannot show is left to <see cref="WordScanner.NextEnd"/>.
/// </summary>
internal abstract class WindowScanner : WordScanner
{
    /// <summary>The last place that is certain: a contraction at it has its three characters in sight, white space at it the next one.</summary>
    private const int LastCertain = TextWindow.Size - 3;

    public sealed override int FindEnds(ReadOnlySpan<byte> text, int start, int end, Span<int> ends)
    {
        int count = 0;
        while (end - start >= TextWindow.Size && count < ends.Length)
            count = Take(CertainStarts(new TextWindow(text[start..], TextWindow.Size)), text[..end], ref start, ends, count);
        if (start < end && count < ends.Length)
        {
            // The end of the text looks like white space: patterns cut there too, and what the white space itself would change is not certain.
            int left = end - start;
            Span<byte> padded = stackalloc byte[TextWindow.Size];
            if (text.Length - start < TextWindow.Size)
                text[start..].CopyTo(padded);
            ulong starts = CertainStarts(new TextWindow(text.Length - start < TextWindow.Size ? padded : text[start..], left));
            count = Take(starts & ((2UL << left) - 1), text[..end], ref start, ends, count);
        }
        while (start < end && count < ends.Length)
            ends[count++] = start = NextEnd(text[..end], start);
        return count;
    }

    /// <summary>Adds what a window shows: the beginnings of words after the one that it begins with, or the end of a word that it does not show whole.</summary>
    private int Take(ulong starts, ReadOnlySpan<byte> text, ref int start, Span<int> ends, int count)
    {
        if (starts == 0)
        {
            ends[count++] = start = NextEnd(text, start);
            return count;
        }
        int window = start;
        do
        {
            start = window + BitOperations.TrailingZeroCount(starts);
            ends[count++] = start;
            starts &= starts - 1;
        }
        while (starts != 0 && count < ends.Length);
        return count;
    }

    /// <summary>
    /// Where words begin in a window that is laid where one begins. What is said of white space that reaches the window's end, and of what
    /// lies beyond <see cref="Opaque"/>, does not count.
    /// </summary>
    protected abstract ulong Starts(in TextWindow window);

    /// <summary>
    /// Places at which the view ends because bits are not enough to tell words there. What begins less than two bytes before one is not certain.
    /// </summary>
    protected virtual ulong Opaque(in TextWindow window) => 0;

    private ulong CertainStarts(in TextWindow window)
    {
        // What white space does hangs on its last character, and bits show its last byte.
        ulong opaque = (window.Spaces & window.Continuations) | Opaque(window), inSight = ulong.MaxValue;
        if (opaque != 0)
            inSight = ((opaque & (0UL - opaque)) >> 1) - 1;
        // Of white space that reaches the end of sight only the beginning is certain.
        int last = 64 - BitOperations.LeadingZeroCount(~window.Spaces & inSight);
        return Starts(window) & ((2UL << Math.Min(last, LastCertain)) - 2);
    }
}
