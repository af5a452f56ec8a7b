using System.Runtime.CompilerServices;
using Castalia.Text.Unicode;

namespace Castalia.Text.PreTokenization;

/// <summary>
/// Cuts text into words (what HF calls pre-tokens): each call finds the end of the one that begins at a place. The words follow each
/// other without gaps.
/// </summary>
internal abstract class WordScanner
{
    /// <summary>The end of the word that begins at <paramref name="start"/>: more than it, at most the text's length.</summary>
    /// <param name="text">Valid UTF-8; its end is the end as far as lookahead goes.</param>
    /// <param name="start">Where a word begins: 0, or the end of the one before. Less than the text's length.</param>
    public abstract int NextEnd(ReadOnlySpan<byte> text, int start);

    /// <summary>The ends of the words from a place to another, as many as there is room for; returns how many.</summary>
    /// <param name="text">Valid UTF-8. What stands beyond <paramref name="end"/> makes no difference; that it may be read makes it faster.</param>
    /// <param name="start">Where a word begins.</param>
    /// <param name="end">Where the text ends as far as lookahead goes.</param>
    /// <param name="ends">Takes the ends; each is where the next word begins.</param>
    public virtual int FindEnds(ReadOnlySpan<byte> text, int start, int end, Span<int> ends)
    {
        int count = 0;
        while (count < ends.Length && start < end)
            ends[count++] = start = NextEnd(text[..end], start);
        return count;
    }

    /// <summary>Cuts a piece into its words.</summary>
    public void Cut(ReadOnlySpan<byte> piece, PieceSink pieces)
    {
        for (int start = 0; start < piece.Length;)
        {
            int end = NextEnd(piece, start);
            pieces.Add(start, end);
            start = end;
        }
    }

    /// <summary>The class of the code point at a place: letter, number, white space or 0, as in <see cref="CharacterClasses"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static int KindAt(ReadOnlySpan<byte> text, int at, out int length) =>
        CharacterClasses.Of[CodePoint.At(text, at, out length)] & CharacterClasses.KindMask;

    /// <summary>The end of the run of one kind that goes on at a place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static int RunEnd(ReadOnlySpan<byte> text, int at, int kind)
    {
        while (at < text.Length && KindAt(text, at, out int length) == kind)
            at += length;
        return at;
    }

    /// <summary>
    /// <c>\s+(?!\S)|\s+</c> at white space: the run without its last character where something follows it, unless that is all there is.
    /// </summary>
    protected static int WhiteSpaceEnd(ReadOnlySpan<byte> text, int start)
    {
        int at = start, last = start;
        while (at < text.Length && KindAt(text, at, out int length) == CharacterClasses.Space)
        {
            last = at;
            at += length;
        }
        return at == text.Length || last == start ? at : last;
    }
}
