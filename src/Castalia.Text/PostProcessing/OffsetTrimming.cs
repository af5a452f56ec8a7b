using System.Text;

namespace Castalia.Text.PostProcessing;

/// <summary>Takes the white space at the ends of tokens out of their offsets, as HF's ByteLevel and RobertaProcessing do.</summary>
internal static class OffsetTrimming
{
    /// <summary>Trims an encoding and what was cut off from it. Offsets are in code points.</summary>
    /// <param name="encoding">The encoding.</param>
    /// <param name="addPrefixSpace">Whether the pre-tokenizer put a space in front of the text, which has no place in it.</param>
    public static void Trim(TokenEncoding encoding, bool addPrefixSpace)
    {
        encoding.MapOffsets((token, range, index) => Trim(token, range, index, addPrefixSpace));
        foreach (TokenEncoding part in encoding.Overflowing)
            part.MapOffsets((token, range, index) => Trim(token, range, index, addPrefixSpace));
    }

    private static TextRange Trim(string token, TextRange range, int index, bool addPrefixSpace)
    {
        int leading = token.EnumerateRunes().TakeWhile(IsSpace).Count();
        int trailing = 0;
        foreach (Rune rune in token.EnumerateRunes())
            trailing = IsSpace(rune) ? trailing + 1 : 0;
        (int start, int end) = range;
        if (leading > 0)
        {
            // One space at the start of a text is the one that was put in.
            if (leading == 1 && addPrefixSpace && (index == 0 || start == 0))
                leading = 0;
            start = Math.Min(start + leading, end);
        }
        if (trailing > 0 && end >= trailing)
            end = Math.Max(end - trailing, start);
        return new TextRange(start, end);
    }

    /// <summary>Whether a character of a token is white space, or a space in the byte-level alphabet.</summary>
    private static bool IsSpace(Rune rune) =>
        rune.Value == ByteAlphabet.CharacterOf[' '] || (Unicode.CharacterClasses.Of[rune.Value] & Unicode.CharacterClasses.Space) != 0;
}
