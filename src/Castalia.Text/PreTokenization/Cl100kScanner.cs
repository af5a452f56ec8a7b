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
            int contraction = Cl100kRules.ContractionLength(text[start..]);
            if (contraction != 0)
                return start + contraction;
        }
        int kind = KindAt(text, start, out int length);
        int next = start + length;
        if (kind == CharacterClasses.Letter)
            return RunEnd(text, next, CharacterClasses.Letter);
        if (kind == CharacterClasses.Number)
            return Cl100kRules.NumberEnd(text, next, digits);

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
        return Cl100kRules.WhiteSpaceEnd(text, start);
    }

    protected override ulong Opaque(in TextWindow window) => window.Numbers & window.Continuations;

    protected override ulong Starts(in TextWindow window)
    {
        ulong letters = window.Letters, others = window.Others, breaks = window.LineBreaks, blanks = window.Spaces & ~breaks;
        ulong starts = Cl100kRules.WhiteSpaceStarts(window.Spaces & ~Cl100kRules.BreaksAfter(others, breaks), blanks);
        // Other characters begin a word, unless a space stands before them and belongs to them.
        ulong otherStarts = others & ~(others << 1) & ~(window.Blanks << 1);
        // Letters begin one, unless a blank, or the one other character that a word begins with, stands before them and belongs to them.
        starts |= otherStarts | (letters & ~((letters | blanks) << 1) & ~window.After(otherStarts)) | Cl100kRules.NumberStarts(window.Numbers, digits) | 1;
        ulong apostrophes = window.Of('\'') & otherStarts & (letters >> 1);
        for (; apostrophes != 0; apostrophes &= apostrophes - 1)
        {
            int at = BitOperations.TrailingZeroCount(apostrophes), length = Cl100kRules.ContractionLength([(byte)'\'', window[at + 1], window[at + 2]]);
            starts |= (length == 0 ? 0 : 1UL << at << length) & letters;
        }
        return starts;
    }

    private static int LineBreaksEnd(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && text[at] is (byte)'\r' or (byte)'\n')
            at++;
        return at;
    }
}
