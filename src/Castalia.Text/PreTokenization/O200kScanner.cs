using Castalia.Text.Unicode;

namespace Castalia.Text.PreTokenization;

/// <summary>The pattern of o200k (GPT-4o, gpt-oss), by hand: as that of cl100k, but a word may change from upper to lower case once.</summary>
internal sealed class O200kScanner : WordScanner
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
            return Cl100kScanner.NumberEnd(text, start + length, MostDigits);
        int word = kind == CharacterClasses.Letter ? WordEnd(text, start, start) : first is (byte)'\r' or (byte)'\n' ? -1 : WordEnd(text, start, start + length);
        if (word >= 0)
            return word;
        if (kind == 0)
            return OthersEnd(text, start);
        if (first == ' ' && start + 1 < text.Length && KindAt(text, start + 1, out _) == 0)
            return OthersEnd(text, start + 1);
        return Cl100kScanner.LinesOrWhiteSpaceEnd(text, start);
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
        return end < 0 ? -1 : end + Cl100kScanner.ContractionLength(text[end..]);
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
