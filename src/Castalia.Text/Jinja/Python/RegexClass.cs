using System.Text;

namespace Castalia.Text.Jinja.Python;

/// <summary>A character set of Python's <c>re</c> on its way to .NET, which knows neither characters beyond the basic plane nor Python's <c>\W</c>.</summary>
internal sealed class RegexClass(TextKind kind, bool ascii)
{
    private readonly StringBuilder _members = new();

    // What no .NET class can hold: complements of sets, and characters of two surrogates.
    private readonly List<string> _others = [];

    /// <summary>Adds <c>\d</c>, <c>\s</c>, <c>\w</c> or the complement of one.</summary>
    public void Add(char shorthand)
    {
        string set = RegexSets.Of(char.ToLowerInvariant(shorthand), kind, ascii);
        if (char.IsAsciiLetterLower(shorthand))
            _members.Append(set);
        else
            _others.Add($"[^{set}]");
    }

    /// <summary>Adds the code points from one to another.</summary>
    public void Add(int low, int high)
    {
        if (low <= 0xffff)
        {
            _members.Append(RegexSets.Literal(low));
            if (high > low)
                _members.Append('-').Append(RegexSets.Literal(Math.Min(high, 0xffff)));
        }
        if (high > 0xffff)
            AddPairs(Math.Max(low, 0x10000), high);
    }

    /// <summary>The set in .NET's notation.</summary>
    /// <param name="negated">Whether it is the complement.</param>
    /// <param name="pair">What matches any two surrogates.</param>
    public string ToPattern(bool negated, string pair)
    {
        string any = kind == TextKind.Any ? $"(?>{pair}|[\\s\\S])" : "[\\s\\S]";
        if (_others.Count == 0 && (!negated || kind != TextKind.Any))
            return $"[{(negated ? "^" : "")}{_members}]";
        string members = string.Join('|', _members.Length > 0 ? _others.Append($"[{_members}]") : _others);
        bool complements = _others.Exists(other => other.StartsWith("[^", StringComparison.Ordinal));
        return negated ? $"(?:(?!{members}){any})" : complements && kind == TextKind.Any ? $"(?:(?={members}){any})" : $"(?:{members})";
    }

    private void AddPairs(int low, int high)
    {
        string first = char.ConvertFromUtf32(low), last = char.ConvertFromUtf32(high);
        if (first[0] == last[0])
        {
            _others.Add(Range(first[0], first[0], first[1], last[1]));
            return;
        }
        _others.Add(Range(first[0], first[0], first[1], '\udfff'));
        if (last[0] - first[0] > 1)
            _others.Add(Range((char)(first[0] + 1), (char)(last[0] - 1), '\udc00', '\udfff'));
        _others.Add(Range(last[0], last[0], '\udc00', last[1]));
    }

    private static string Range(char firstHigh, char lastHigh, char firstLow, char lastLow) =>
        $"[{RegexSets.Literal(firstHigh)}-{RegexSets.Literal(lastHigh)}][{RegexSets.Literal(firstLow)}-{RegexSets.Literal(lastLow)}]";
}

/// <summary>Python's sets of characters in .NET's notation, without the brackets.</summary>
internal static class RegexSets
{
    /// <summary>The set of <c>\d</c>, <c>\s</c> or <c>\w</c>.</summary>
    /// <param name="letter">The letter after the backslash.</param>
    /// <param name="kind">What the text holds.</param>
    /// <param name="ascii">Whether the flag that leaves ASCII only is set.</param>
    public static string Of(char letter, TextKind kind, bool ascii) => (letter, ascii, kind) switch
    {
        ('d', true, _) or ('d', _, TextKind.Ascii) => "0-9",
        ('d', false, _) => @"\d",
        ('s', true, _) => @"\t-\r\x20",
        ('s', false, _) => @"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
        ('w', true, _) or ('w', _, TextKind.Ascii) => "A-Za-z0-9_",
        // .NET's own counts marks that combine as well, and not all numbers.
        _ => @"\p{L}\p{N}_",
    };

    /// <summary>One code unit, safe inside a class and outside.</summary>
    public static string Literal(int unit) =>
        unit < 128 && char.IsAsciiLetterOrDigit((char)unit) ? ((char)unit).ToString() : $"\\u{unit:x4}";
}
