using System.Globalization;
using System.Numerics;
using System.Text;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// Whether two answers in TeX are written alike once their spelling is one, as Hendrycks et al. (2021) compare answers of MATH. It knows fractions,
/// roots, units and percent signs by their spelling only; nothing is computed.
/// </summary>
internal static class MathStrings
{
    /// <summary>Whether two answers are alike.</summary>
    /// <param name="one">An answer; null for none.</param>
    /// <param name="other">Another.</param>
    /// <param name="strictSlash">Whether a text with one slash that is no quotient of whole numbers is compared as it stands, as in hendrycks_math and
    /// aime; AGIEval's copy goes on with the text.</param>
    public static bool AreAlike(string? one, string? other, bool strictSlash = true)
    {
        if (one is null || other is null)
            return one is null && other is null;
        try
        {
            return Plain(one, strictSlash) == Plain(other, strictSlash);
        }
        catch (FormatException)
        {
            return one == other;
        }
    }

    /// <summary>The one spelling.</summary>
    /// <exception cref="FormatException">The text is cut off within a command, or has two units.</exception>
    private static string Plain(string text, bool strictSlash)
    {
        var output = new StringBuilder(text)
            .Replace("\n", "").Replace("\\!", "").Replace("\\\\", "\\").Replace("tfrac", "frac").Replace("dfrac", "frac")
            .Replace("\\left", "").Replace("\\right", "").Replace("^{\\circ}", "").Replace("^\\circ", "").Replace("\\$", "");
        text = WithoutUnits(output.ToString());
        text = text.Replace("\\%", "", StringComparison.Ordinal).Replace(" .", " 0.", StringComparison.Ordinal).Replace("{.", "{0.", StringComparison.Ordinal);
        if (text.Length == 0)
            return text;
        if (text[0] == '.')
            text = "0" + text;
        // "k = 3" is 3.
        if (text.Split('=') is [var name, var value] && PythonString.Length(name) <= 2)
            text = value;
        text = Roots(text).Replace(" ", "", StringComparison.Ordinal);
        text = Fractions(text);
        if (text == "0.5")
            text = "\\frac{1}{2}";
        return Quotient(text, strictSlash);
    }

    private static string WithoutUnits(string text) => text.Split("\\text{ ") switch
    {
        [var whole] => whole,
        [var before, _] => before,
        _ => throw new FormatException("more than one unit"),
    };

    /// <summary>\sqrt3 as \sqrt{3}.</summary>
    private static string Roots(string text)
    {
        string[] parts = text.Split("\\sqrt");
        var output = new StringBuilder(parts[0]);
        foreach (string part in parts.AsSpan(1))
        {
            string first = First(part);
            output.Append(first == "{" ? "\\sqrt" + part : $"\\sqrt{{{first}}}{part[first.Length..]}");
        }
        return output.ToString();
    }

    /// <summary>\frac12 and \frac1{72} as \frac{1}{2} and \frac{1}{72}.</summary>
    private static string Fractions(string text)
    {
        string[] parts = text.Split("\\frac");
        var output = new StringBuilder(parts[0]);
        foreach (string part in parts.AsSpan(1))
        {
            output.Append("\\frac");
            string above = First(part);
            if (above == "{")
            {
                output.Append(part);
                continue;
            }
            string rest = part[above.Length..];
            if (rest.Length == 0)
                return text;
            string below = First(rest);
            output.Append('{').Append(above).Append('}').Append(below == "{" ? below : $"{{{below}}}").Append(rest, below.Length, rest.Length - below.Length);
        }
        return output.ToString();
    }

    /// <summary>3/4 as \frac{3}{4}.</summary>
    private static string Quotient(string text, bool strict)
    {
        if (text.Split('/') is not [var above, var below])
            return text;
        if (Whole(above) is not { } a || Whole(below) is not { } b)
            return strict ? throw new FormatException("no quotient of whole numbers") : text;
        return text == string.Create(CultureInfo.InvariantCulture, $"{a}/{b}") ? string.Create(CultureInfo.InvariantCulture, $"\\frac{{{a}}}{{{b}}}") : text;
    }

    /// <summary>Python's <c>int(text)</c>.</summary>
    private static BigInteger? Whole(string text)
    {
        text = PythonString.Strip(text);
        string digits = text.TrimStart('+', '-') is var bare && text.Length - bare.Length <= 1 ? bare : "";
        bool wellFormed = digits.Length is > 0 and <= 4300 && digits.Replace("_", "", StringComparison.Ordinal).All(char.IsAsciiDigit)
            && !digits.StartsWith('_') && !digits.EndsWith('_') && !digits.Contains("__", StringComparison.Ordinal);
        return wellFormed ? BigInteger.Parse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>The first code point.</summary>
    private static string First(string text) => text.Length == 0 ? throw new FormatException("a command without its argument")
        : text[..^Columns.Skip(text, 1).Length];
}
