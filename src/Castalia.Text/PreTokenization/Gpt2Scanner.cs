using Castalia.Text.Unicode;

namespace Castalia.Text.PreTokenization;

/// <summary>GPT-2's pattern, which is also that of HF's ByteLevel, by hand.</summary>
internal sealed class Gpt2Scanner : WordScanner
{
    /// <summary>The pattern as tokenizer files write it.</summary>
    public const string Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public override int NextEnd(ReadOnlySpan<byte> text, int start)
    {
        byte first = text[start];
        if (first == '\'')
        {
            int contraction = ContractionLength(text[start..]);
            if (contraction != 0)
                return start + contraction;
        }
        int at = start;
        if (first == ' ' && start + 1 < text.Length)
            at++;
        int kind = KindAt(text, at, out int length);
        return kind == CharacterClasses.Space ? WhiteSpaceEnd(text, start) : RunEnd(text, at + length, kind);
    }

    /// <summary>The bytes of 's, 't, 're, 've, 'm, 'll or 'd at the start of a text that begins with an apostrophe; 0 for none.</summary>
    private static int ContractionLength(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2)
            return 0;
        if (text[1] is (byte)'s' or (byte)'t' or (byte)'m' or (byte)'d')
            return 2;
        if (text.Length < 3)
            return 0;
        return (text[1], text[2]) is ((byte)'r' or (byte)'v', (byte)'e') or ((byte)'l', (byte)'l') ? 3 : 0;
    }
}
