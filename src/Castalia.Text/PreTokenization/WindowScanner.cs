using System.Numerics;

namespace Castalia.Text.PreTokenization;

/// <summary>
/// A scanner that finds the words of most text 64 bytes at a time. A window is laid where a word begins; what it shows gives the beginnings
/// of the words in it, and the next window is laid at the last one that is certain. Nothing is carried over: patterns do not look back past
/// the beginning of a word. A word that a window cannot show is left to <see cref="WordScanner.NextEnd"/>.
/// </summary>
internal abstract class WindowScanner : WordScanner
{
    /// <summary>The last place that is certain: a contraction before it has its three characters in sight, white space at it the next one.</summary>
    private const int LastCertain = TextWindow.Size - 2;

    public sealed override int FindEnds(ReadOnlySpan<byte> text, int start, Span<int> ends)
    {
        Span<byte> padded = stackalloc byte[TextWindow.Size];
        int count = 0;
        while (count < ends.Length && start < text.Length)
        {
            int left = text.Length - start;
            ulong starts;
            if (left >= TextWindow.Size)
            {
                starts = CertainStarts(new TextWindow(text[start..]));
            }
            else
            {
                // The end of the text is followed by white space: patterns cut there too, and what the white space itself would change is never certain.
                padded.Fill((byte)' ');
                text[start..].CopyTo(padded);
                starts = CertainStarts(new TextWindow(padded)) & ((2UL << left) - 1);
            }
            if (starts == 0)
            {
                start = NextEnd(text, start);
                ends[count++] = start;
                continue;
            }
            int window = start;
            do
            {
                start = window + BitOperations.TrailingZeroCount(starts);
                ends[count++] = start;
                starts &= starts - 1;
            }
            while (starts != 0 && count < ends.Length);
        }
        return count;
    }

    /// <summary>
    /// Where words begin in a window that is laid where one begins. What is said of white space that reaches the window's end, and of what
    /// lies beyond <see cref="Opaque"/>, does not count.
    /// </summary>
    protected abstract ulong Starts(in TextWindow window);

    /// <summary>Continuation bytes of code points at which the view ends because bits are not enough to tell words there.</summary>
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
