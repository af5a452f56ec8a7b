using System.Numerics;
using Castalia.Text.Unicode;

namespace Castalia.Text.PreTokenization;

/// <summary>
/// The pattern of cl100k, Llama 3 and dolma2, by hand; Qwen's differs in how many digits stay together.
/// </summary>
/// <param name="digits">The most numbers in a word.</param>
internal sealed class Cl100kScanner(int digits) : WindowScanner
{
    /// <summary>The pattern as tokenizer files write it, with up to three digits a word.</summary>
    public const string Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>The same with each digit on its own.</summary>
    public const string PatternWithSingleDigits =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public override int NextEnd(ReadOnlySpan<byte> text, int start)
    {
        byte first = text[start];
        if (first == '\'')
        {
            int contraction = ContractionLength(text[start..]);
            if (contraction != 0)
                return start + contraction;
        }
        int kind = KindAt(text, start, out int length);
        int next = start + length;
        if (kind == CharacterClasses.Letter)
            return RunEnd(text, next, CharacterClasses.Letter);
        if (kind == CharacterClasses.Number)
            return NumberEnd(text, next, digits);

        // [^\r\n\p{L}\p{N}]?\p{L}+
        int nextKind = CharacterClasses.Space, nextLength = 0;
        if (next < text.Length)
            nextKind = KindAt(text, next, out nextLength);
        if (nextKind == CharacterClasses.Letter && first is not ((byte)'\r' or (byte)'\n'))
            return RunEnd(text, next + nextLength, CharacterClasses.Letter);

        //  ?[^\s\p{L}\p{N}]+[\r\n]*
        if (kind == 0)
            return LineBreaksEnd(text, RunEnd(text, next, 0));
        if (first == ' ' && nextKind == 0)
            return LineBreaksEnd(text, RunEnd(text, next + nextLength, 0));
        return LinesOrWhiteSpaceEnd(text, start);
    }

    protected override ulong Opaque(in TextWindow window) => window.Numbers & window.Continuations;

    protected override ulong Starts(in TextWindow window)
    {
        ulong letters = window.Letters, spaces = window.Spaces, others = window.Others, breaks = window.LineBreaks;
        ulong blanks = spaces & ~breaks;

        // Line breaks right after other characters belong to these. Adding carries a bit through a run and out of it.
        ulong first = breaks & (others << 1);
        spaces &= ~(breaks & ~(breaks + first));
        breaks &= spaces;

        // White space begins a word; so does what follows its last line break, and the last character after that.
        ulong starts = (spaces & ~(spaces << 1)) | AfterLastBreak(blanks, breaks) | (blanks & ~(spaces >> 1));

        // Other characters begin one, unless a space stands before them and belongs to them.
        ulong otherStarts = others & ~(others << 1) & ~(window.Blanks << 1);

        // Letters begin one, unless a blank, or the one other character that a word begins with, stands before them and belongs to them.
        ulong afterOne = ((otherStarts << 1) + window.Continuations) & ~window.Continuations;
        starts |= otherStarts | (letters & ~(letters << 1) & ~(blanks << 1) & ~afterOne) | NumberStarts(window.Numbers) | 1;

        ulong apostrophes = window.Of('\'') & otherStarts & (letters >> 1);
        for (; apostrophes != 0; apostrophes &= apostrophes - 1)
        {
            int at = BitOperations.TrailingZeroCount(apostrophes);
            if (at > TextWindow.Size - 3)
                break;
            int length = ContractionLength([(byte)'\'', window[at + 1], window[at + 2]]);
            starts |= (length == 0 ? 0 : 1UL << at << length) & letters;
        }
        return starts;
    }

    /// <summary>The blanks that follow a line break, if no other does before the white space ends.</summary>
    private static ulong AfterLastBreak(ulong blanks, ulong breaks)
    {
        ulong starts = blanks & (breaks << 1);
        // A bit for each run of blanks that is followed by a break after all: an empty line with white space in it.
        ulong notLast = (blanks + starts) & ~blanks & breaks;
        for (; notLast != 0; notLast &= notLast - 1)
            starts &= ~(1UL << (63 - BitOperations.LeadingZeroCount(starts & ((notLast & (0UL - notLast)) - 1))));
        return starts;
    }

    private ulong NumberStarts(ulong numbers)
    {
        if (digits == 1 || numbers == 0)
            return numbers;
        ulong starts = numbers & ~(numbers << 1);
        ulong fourth = numbers & (numbers << 1) & (numbers << 2) & (numbers << 3);
        for (ulong next = (starts << 3) & fourth; next != 0; next = (next << 3) & fourth)
            starts |= next;
        return starts;
    }

    /// <summary>The end of a word of numbers whose first one ends at a place.</summary>
    internal static int NumberEnd(ReadOnlySpan<byte> text, int at, int most)
    {
        for (int count = 1; count < most && at < text.Length && KindAt(text, at, out int length) == CharacterClasses.Number; count++)
            at += length;
        return at;
    }

    private static int LineBreaksEnd(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && text[at] is (byte)'\r' or (byte)'\n')
            at++;
        return at;
    }

    /// <summary><c>\s*[\r\n]+|\s+(?!\S)|\s+</c> at white space: up to the last line break of the run where there is one.</summary>
    internal static int LinesOrWhiteSpaceEnd(ReadOnlySpan<byte> text, int start)
    {
        int at = start, last = start, afterBreak = -1;
        while (at < text.Length && KindAt(text, at, out int length) == CharacterClasses.Space)
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

    /// <summary>As GPT-2's contractions in either case; U+017F (long s) folds to s.</summary>
    internal static int ContractionLength(ReadOnlySpan<byte> text)
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
}
