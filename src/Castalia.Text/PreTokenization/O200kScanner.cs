using System.Numerics;
using Castalia.Text.Unicode;

namespace Castalia.Text.PreTokenization;

/// <summary>The pattern of o200k (GPT-4o, gpt-oss), by hand: as that of cl100k, but a word may change from upper to lower case once.</summary>
internal sealed class O200kScanner : WindowScanner
{
    /// <summary>The pattern as tokenizer files write it.</summary>
    public const string Pattern =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const int MostDigits = 3;

    public override int NextEnd(ReadOnlySpan<byte> text, int start)
    {
        byte first = text[start];
        int kind = KindAt(text, start, out int length);
        if (kind == CharacterClasses.Number)
            return Cl100kRules.NumberEnd(text, start + length, MostDigits);
        bool isBreak = first is (byte)'\r' or (byte)'\n';
        int word = isBreak ? -1 : WordEnd(text, start, kind == CharacterClasses.Letter ? start : start + length);
        if (word >= 0)
            return word;
        if (kind == 0)
            return OthersEnd(text, start);
        if (first == ' ' && start + 1 < text.Length && KindAt(text, start + 1, out _) == 0)
            return OthersEnd(text, start + 1);
        return Cl100kRules.WhiteSpaceEnd(text, start);
    }

    protected override ulong Opaque(in TextWindow window)
    {
        ulong continuations = window.Numbers & window.Continuations, slashes = window.Of('/');
        // A slash after line breaks that belong to a word still belongs to it.
        if (slashes != 0)
            continuations |= slashes & (Cl100kRules.BreaksAfter(window.Others, window.LineBreaks) << 1);
        if (window.Continuations == 0)
            return continuations;
        // A capital after what has no case ends the word if there was lower case before, or if there is none to come. A mark after another
        // character can be of its word or begin one.
        window.TellCases(out ulong upper, out ulong lower, out ulong marks);
        ulong caseless = marks | (window.Letters & ~(upper | lower));
        return continuations | (upper & (caseless << 1)) | (marks & ((window.Others & ~marks) << 1));
    }

    protected override ulong Starts(in TextWindow window)
    {
        window.TellCases(out ulong upper, out ulong lower, out ulong marks);
        ulong letters = window.Letters | marks, others = window.Others & ~marks, breaks = window.LineBreaks, blanks = window.Spaces & ~breaks;
        ulong starts = Cl100kRules.WhiteSpaceStarts(window.Spaces & ~Cl100kRules.BreaksAfter(others, breaks), blanks);
        // Other characters and letters as in cl100k's pattern; besides, a capital after lower case begins a word.
        ulong otherStarts = others & ~(others << 1) & ~(window.Blanks << 1);
        starts |= otherStarts | (letters & ~((letters | blanks) << 1) & ~window.After(otherStarts)) | (upper & (lower << 1));
        starts |= Cl100kRules.NumberStarts(window.Numbers, MostDigits) | 1;
        ulong apostrophes = window.Of('\'') & otherStarts & (letters << 1) & (letters >> 1);
        for (int done = 0; apostrophes != 0; apostrophes &= apostrophes - 1)
        {
            int at = BitOperations.TrailingZeroCount(apostrophes), length = Cl100kRules.ContractionLength([(byte)'\'', window[at + 1], window[at + 2]]);
            // A contraction ends its word; the next apostrophe would begin one.
            if (length == 0 || at == done)
                continue;
            done = at + length;
            starts = (starts & ~(((1UL << length) - 1) << at)) | ((1UL << at << length) & letters);
        }
        return starts;
    }

    /// <summary>
    /// The end of a word of letters and marks, with a contraction after it; -1 where none begins here. First a word that ends in lower case is
    /// looked for, with the one other character that may stand in front or, should that be a mark, without; then one in upper case.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where the word begins.</param>
    /// <param name="letters">Where its letters begin: there, or one character on.</param>
    private static int WordEnd(ReadOnlySpan<byte> text, int start, int letters)
    {
        int upper = UpperEnd(text, letters);
        int end = LowerEnd(text, letters, upper);
        if (end < 0 && start < letters)
            end = LowerEnd(text, start, UpperEnd(text, start));
        if (end < 0)
            end = upper > letters ? upper : -1;
        return end < 0 ? -1 : end + Cl100kRules.ContractionLength(text[end..]);
    }

    private static int UpperEnd(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && IsUpper(ClassesAt(text, at, out int length)))
            at += length;
        return at;
    }

    /// <summary>
    /// Of what can be upper case, from <paramref name="from"/> to <paramref name="upper"/>, as little as possible is taken for lower case; what
    /// is lower case then goes on as far as it can. The end of that, or -1 where there is nothing in lower case.
    /// </summary>
    private static int LowerEnd(ReadOnlySpan<byte> text, int from, int upper)
    {
        int at = upper;
        while (at >= text.Length || !IsLower(ClassesAt(text, at, out _)))
        {
            if (at == from)
                return -1;
            CodePoint.Before(text, at, out int length);
            at -= length;
        }
        while (at < text.Length && IsLower(ClassesAt(text, at, out int length)))
            at += length;
        return at;
    }

    private static int OthersEnd(ReadOnlySpan<byte> text, int at)
    {
        at = RunEnd(text, at, 0);
        while (at < text.Length && text[at] is (byte)'\r' or (byte)'\n' or (byte)'/')
            at++;
        return at;
    }

    private static int ClassesAt(ReadOnlySpan<byte> text, int at, out int length) => CharacterClasses.Of[CodePoint.At(text, at, out length)];

    /// <summary>Letters without case and marks are both.</summary>
    private static bool IsUpper(int classes) =>
        (classes & (CharacterClasses.Letter | CharacterClasses.Mark)) != 0 && (classes & CharacterClasses.LowerCase) == 0;

    private static bool IsLower(int classes) =>
        (classes & (CharacterClasses.Letter | CharacterClasses.Mark)) != 0 && (classes & CharacterClasses.UpperCase) == 0;
}
