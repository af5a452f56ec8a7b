using System.Globalization;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>What metrics of short answers do to texts before they compare them.</summary>
internal static class TextNormalization
{
    /// <summary>Whether a character stands in Python's <c>string.punctuation</c>.</summary>
    public static bool IsAsciiPunctuation(char c) => char.IsAscii(c) && (char.IsPunctuation(c) || char.IsSymbol(c));

    /// <summary>The text without ASCII punctuation.</summary>
    public static string WithoutPunctuation(string text) => string.Concat(text.Where(c => !IsAsciiPunctuation(c)));

    /// <summary>The text with a space for each English article.</summary>
    public static string WithoutArticles(string text) => PythonRegex.Replace(text, @"\b(a|an|the)\b", " ");

    /// <summary>The text with one space between words and none around them.</summary>
    public static string SingleSpaced(string text) => string.Join(' ', PythonString.SplitAtSpace(text));

    /// <summary>Reads what Python's <c>float(text)</c> takes.</summary>
    public static bool TryFloat(string text, out double value)
    {
        text = PythonString.Strip(text);
        string unsigned = text.TrimStart('+', '-');
        value = unsigned.ToLowerInvariant() switch { "inf" or "infinity" => double.PositiveInfinity, "nan" => double.NaN, _ => 0 };
        if (text.Length - unsigned.Length > 1)
            return false;
        if (value != 0)
        {
            value = text[0] == '-' ? -value : value;
            return true;
        }
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '_' && (i == 0 || i + 1 == text.Length || !char.IsAsciiDigit(text[i - 1]) || !char.IsAsciiDigit(text[i + 1])))
                return false;
        }
        return double.TryParse(text.Replace("_", "", StringComparison.Ordinal),
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value);
    }
}
