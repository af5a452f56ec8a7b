using System.Text;

namespace Castalia.Text.Jinja.Python;

/// <summary>Python's view of text: counted in Unicode code points, with Python's own idea of white space and case.</summary>
public static class PythonString
{
    // Where full case mapping makes several characters of one, which .NET's simple mapping leaves alone.
    private static readonly Dictionary<char, string> LongUpper = new()
    {
        ['ß'] = "SS",
        ['ŉ'] = "ʼN",
        ['ǰ'] = "J̌",
        ['ΐ'] = "Ϊ́",
        ['ΰ'] = "Ϋ́",
        ['և'] = "ԵՒ",
        ['ẖ'] = "H̱",
        ['ẗ'] = "T̈",
        ['ẘ'] = "W̊",
        ['ẙ'] = "Y̊",
        ['ẚ'] = "Aʾ",
        ['ﬀ'] = "FF",
        ['ﬁ'] = "FI",
        ['ﬂ'] = "FL",
        ['ﬃ'] = "FFI",
        ['ﬄ'] = "FFL",
        ['ﬅ'] = "ST",
        ['ﬆ'] = "ST",
    };

    /// <summary>Number of code points: Python's <c>len</c>.</summary>
    public static int Length(string text)
    {
        int length = text.Length;
        for (int i = 1; i < text.Length; i++)
        {
            if (char.IsLowSurrogate(text[i]) && char.IsHighSurrogate(text[i - 1]))
                length--;
        }
        return length;
    }

    /// <summary>Whether Python counts the character as white space (<c>str.isspace</c>, <c>strip</c>, <c>\s</c>).</summary>
    public static bool IsSpace(char c) => c switch
    {
        ' ' or (>= '\t' and <= '\r') or (>= '\x1c' and <= '\x1f') or '\x85' or '\xa0' => true,
        < '\u1680' => false,
        '\u1680' or (>= '\u2000' and <= '\u200a') or '\u2028' or '\u2029' or '\u202f' or '\u205f' or '\u3000' => true,
        _ => false,
    };

    /// <summary>Python's <c>lstrip</c>: white space, or any of the given characters.</summary>
    public static string LeftStrip(string text, string? characters = null)
    {
        int start = 0;
        while (start < text.Length && Strips(text, start, characters, out int width, fromEnd: false))
            start += width;
        return text[start..];
    }

    /// <summary>Python's <c>rstrip</c>: white space, or any of the given characters.</summary>
    public static string RightStrip(string text, string? characters = null)
    {
        int end = text.Length;
        while (end > 0 && Strips(text, end - 1, characters, out int width, fromEnd: true))
            end -= width;
        return text[..end];
    }

    /// <summary>Python's <c>strip</c>: white space, or any of the given characters, at both ends.</summary>
    public static string Strip(string text, string? characters = null) => LeftStrip(RightStrip(text, characters), characters);

    /// <summary>Python's <c>upper</c>.</summary>
    public static string Upper(string text)
    {
        string simple = text.ToUpperInvariant();
        if (!simple.Any(LongUpper.ContainsKey))
            return simple;
        var output = new StringBuilder(simple.Length + 4);
        foreach (char c in simple)
            output.Append(LongUpper.TryGetValue(c, out string? upper) ? upper : c.ToString());
        return output.ToString();
    }

    /// <summary>Python's <c>lower</c>: a capital sigma at the end of a word becomes the final one.</summary>
    public static string Lower(string text)
    {
        string lower = text.Replace("İ", "i̇", StringComparison.Ordinal).ToLowerInvariant();
        if (!text.Contains('Σ'))
            return lower;
        var output = new StringBuilder(lower);
        string folded = text.Replace("İ", "i̇", StringComparison.Ordinal);
        for (int i = 0; i < folded.Length; i++)
        {
            bool last = i + 1 == folded.Length || !char.IsLetter(folded[i + 1]);
            if (folded[i] == 'Σ' && i > 0 && char.IsLetter(folded[i - 1]) && last)
                output[i] = 'ς';
        }
        return output.ToString();
    }

    /// <summary>Python's <c>capitalize</c>: the first character in title case, the rest in lower case.</summary>
    public static string Capitalize(string text)
    {
        if (text.Length == 0)
            return text;
        int width = char.IsHighSurrogate(text[0]) && text.Length > 1 ? 2 : 1;
        string first = Upper(text[..width]);
        // A ligature's title case is one capital and the rest small: ﬁ gives Fi.
        string title = first.Length > width ? first[..1] + Lower(first[1..]) : first;
        return title + Lower(text)[Lower(text[..width]).Length..];
    }

    /// <summary>Python's <c>title</c>: a capital after every character that is no letter.</summary>
    public static string Title(string text)
    {
        var output = new StringBuilder(text.Length);
        bool inWord = false;
        foreach (char c in text)
        {
            output.Append(inWord ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));
            inWord = char.IsLetter(c);
        }
        return output.ToString();
    }

    /// <summary>Python's <c>split()</c> at white space: no empty parts.</summary>
    /// <param name="text">What to split.</param>
    /// <param name="most">The most splits; below zero for all.</param>
    public static List<string> SplitAtSpace(string text, long most = -1)
    {
        var parts = new List<string>();
        int at = 0;
        while (true)
        {
            while (at < text.Length && IsSpace(text[at]))
                at++;
            if (at == text.Length)
                return parts;
            if (most >= 0 && parts.Count == most)
            {
                parts.Add(RightStrip(text[at..]));
                return parts;
            }
            int start = at;
            while (at < text.Length && !IsSpace(text[at]))
                at++;
            parts.Add(text[start..at]);
        }
    }

    /// <summary>Python's <c>split(separator)</c>.</summary>
    /// <param name="text">What to split.</param>
    /// <param name="separator">What stands between the parts; must not be empty.</param>
    /// <param name="most">The most splits; below zero for all.</param>
    public static List<string> Split(string text, string separator, long most = -1)
    {
        if (separator.Length == 0)
            throw new PythonException("ValueError: empty separator");
        return [.. most is < 0 or >= int.MaxValue ? text.Split(separator) : text.Split(separator, (int)most + 1)];
    }

    /// <summary>Python's <c>splitlines()</c>.</summary>
    public static List<string> SplitLines(string text)
    {
        var lines = new List<string>();
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('\n' or '\r' or '\v' or '\f' or '\x1c' or '\x1d' or '\x1e' or '\x85' or '\u2028' or '\u2029'))
                continue;
            lines.Add(text[start..i]);
            if (text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
                i++;
            start = i + 1;
        }
        if (start < text.Length)
            lines.Add(text[start..]);
        return lines;
    }

    /// <summary>Whether there is at least one character and Python's <c>isdigit</c> holds for all.</summary>
    public static bool IsDigit(string text) => text.Length > 0 && text.All(c => c is >= '0' and <= '9' || (c > '\x7f' && IsOtherDigit(c)));

    /// <summary>Orders texts by code point, as Python does; UTF-16 puts the astral planes before some of the first.</summary>
    public static int CompareByCodePoint(string a, string b)
    {
        int common = Math.Min(a.Length, b.Length);
        for (int i = 0; i < common; i++)
        {
            if (a[i] == b[i])
                continue;
            bool astralA = char.IsSurrogate(a[i]), astralB = char.IsSurrogate(b[i]);
            return astralA == astralB ? a[i].CompareTo(b[i]) : astralA ? 1 : -1;
        }
        return a.Length.CompareTo(b.Length);
    }

    /// <summary>The text's code points, one string each.</summary>
    internal static string[] CodePoints(string text)
    {
        var points = new List<string>(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            int width = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) ? 2 : 1;
            points.Add(text.Substring(i, width));
            i += width - 1;
        }
        return [.. points];
    }

    /// <summary>Whether every character is one code point, so that indexes of .NET and of Python agree.</summary>
    internal static bool IsPlain(string text) => !text.AsSpan().ContainsAnyInRange('\ud800', '\udfff');

    private static bool Strips(string text, int at, string? characters, out int width, bool fromEnd)
    {
        width = 1;
        if (characters is null)
            return IsSpace(text[at]);
        if (!char.IsSurrogate(text[at]))
            return characters.Contains(text[at]);
        int start = fromEnd ? at - 1 : at;
        if (start < 0 || start + 1 >= text.Length || !char.IsSurrogatePair(text, start))
            return characters.Contains(text[at]);
        width = 2;
        return characters.Contains(text.Substring(start, 2), StringComparison.Ordinal);
    }

    // Superscripts and circled digits are digits to Python although they are no decimal numbers.
    private static bool IsOtherDigit(char c) => char.IsDigit(c) || c is '²' or '³' or '¹' or '⁰' or (>= '⁴' and <= '⁹')
        or (>= '₀' and <= '₉') or (>= '①' and <= '⑨') or (>= '⑴' and <= '⑼') or (>= '⒈' and <= '⒐');
}
