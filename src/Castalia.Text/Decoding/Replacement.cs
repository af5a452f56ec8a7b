using System.Text;

namespace Castalia.Text.Decoding;

/// <summary>How strings are put in the place of others.</summary>
internal static class Replacement
{
    /// <summary>A token does not grow beyond so many UTF-16 units: decoders in sequence, each of which makes more of what it gets, are an attack.</summary>
    private const int LongestGrown = 1 << 24;

    /// <summary>Replaces every occurrence; an empty string is found before every character and at the end, as in Rust.</summary>
    public static string All(string text, string found, string replacement)
    {
        if (found.Length > 0)
            return text.Replace(found, replacement, StringComparison.Ordinal);
        StringBuilder result = new(replacement);
        foreach (Rune rune in text.EnumerateRunes())
        {
            result.Append(rune.ToString()).Append(replacement);
            CheckGrowth(result.Length, text.Length);
        }
        return result.ToString();
    }

    /// <summary>Complains where a token becomes longer than it was, and too long.</summary>
    public static void CheckGrowth(int length, int before)
    {
        if (length > LongestGrown && length > before)
        {
            throw new InputException("tokens", null, $"the tokenizer's decoder makes a token longer than {LongestGrown} characters.",
                "Take out the parts of the decoder that put long strings in the place of short ones.");
        }
    }
}
