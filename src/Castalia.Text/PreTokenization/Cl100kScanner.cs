using Castalia.Text.Unicode;

namespace Castalia.Text.PreTokenization;

/// <summary>
/// The pattern of cl100k, Llama 3 and dolma2, by hand; Qwen's differs in how many digits stay together.
/// </summary>
/// <param name="digits">The most numbers in a word.</param>
internal sealed class Cl100kScanner(int digits) : WordScanner
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
            return NumberEnd(text, next);

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

    private int NumberEnd(ReadOnlySpan<byte> text, int at)
    {
        for (int count = 1; count < digits && at < text.Length && KindAt(text, at, out int length) == CharacterClasses.Number; count++)
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
    private static int LinesOrWhiteSpaceEnd(ReadOnlySpan<byte> text, int start)
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
    private static int ContractionLength(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2)
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
