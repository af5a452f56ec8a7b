using System.Numerics;
using Castalia.Text.Unicode;

namespace Castalia.Text.PreTokenization;

/// <summary>
/// What the patterns of cl100k and o200k have in common, character by character and in windows: contractions in either case, numbers of few
/// digits, and white space that holds line breaks together.
/// </summary>
internal static class Cl100kRules
{
    /// <summary>
    /// The bytes of 's, 't, 're, 've, 'm, 'll or 'd in either case at the start of a text, 0 for none. U+017F (long s) folds to s.
    /// </summary>
    public static int ContractionLength(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2 || text[0] != '\'')
            return 0;
        int second = text[1] | 0x20;
        if (text[1] < 0x80 && second is 's' or 't' or 'm' or 'd')
            return 2;
        if (text.Length < 3)
            return 0;
        if (text[1] == 0xC5 && text[2] == 0xBF)
            return 3;
        return text[1] < 0x80 && text[2] < 0x80 && (second, text[2] | 0x20) is ('r' or 'v', 'e') or ('l', 'l') ? 3 : 0;
    }

    /// <summary>The end of a word of numbers whose first one ends at a place.</summary>
    public static int NumberEnd(ReadOnlySpan<byte> text, int at, int most)
    {
        for (int count = 1; count < most && at < text.Length && ClassesAt(text, at, out int length) is int classes; count++)
        {
            if ((classes & CharacterClasses.Number) == 0)
                break;
            at += length;
        }
        return at;
    }

    /// <summary><c>\s*[\r\n]+|\s+(?!\S)|\s+</c> at white space: up to the last line break of the run where there is one.</summary>
    public static int WhiteSpaceEnd(ReadOnlySpan<byte> text, int start)
    {
        int at = start, last = start, afterBreak = -1;
        while (at < text.Length && (ClassesAt(text, at, out int length) & CharacterClasses.Space) != 0)
        {
            last = at;
            at += length;
            if (text[last] is (byte)'\r' or (byte)'\n')
                afterBreak = at;
        }
        if (afterBreak >= 0)
            return afterBreak;
        return at == text.Length || last == start ? at : last;
    }

    /// <summary>Where words of white space begin: at its start, after its last line break, and at the last character after that.</summary>
    /// <param name="spaces">White space that belongs to no word before it.</param>
    /// <param name="blanks">Of it, what is no line break.</param>
    public static ulong WhiteSpaceStarts(ulong spaces, ulong blanks)
    {
        ulong breaks = spaces & ~blanks, afterBreak = blanks & (breaks << 1);
        // Adding carries a bit through a run and out of it: one for each blank run that another break follows, as on a line of nothing but blanks.
        ulong notLast = (blanks + afterBreak) & ~blanks & breaks;
        for (; notLast != 0; notLast &= notLast - 1)
            afterBreak &= ~(1UL << (63 - BitOperations.LeadingZeroCount(afterBreak & ((notLast & (0UL - notLast)) - 1))));
        return (spaces & ~(spaces << 1)) | afterBreak | (blanks & ~(spaces >> 1));
    }

    /// <summary>Where words of numbers begin: every third digit of a run, or each.</summary>
    public static ulong NumberStarts(ulong numbers, int most)
    {
        if (most == 1 || numbers == 0)
            return numbers;
        ulong starts = numbers & ~(numbers << 1);
        ulong fourth = numbers & (numbers << 1) & (numbers << 2) & (numbers << 3);
        for (ulong next = (starts << 3) & fourth; next != 0; next = (next << 3) & fourth)
            starts |= next;
        return starts;
    }

    /// <summary>Of line breaks, those that follow other characters directly and so belong to their word.</summary>
    public static ulong BreaksAfter(ulong others, ulong breaks) => breaks & ~(breaks + (breaks & (others << 1)));

    private static int ClassesAt(ReadOnlySpan<byte> text, int at, out int length) => CharacterClasses.Of[CodePoint.At(text, at, out length)];
}
