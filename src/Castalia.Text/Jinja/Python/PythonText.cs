using System.Globalization;
using System.Text;

namespace Castalia.Text.Jinja.Python;

/// <summary>What Python's <c>str()</c> and <c>repr()</c> give, to the character.</summary>
public static class PythonText
{
    private const int MaxDepth = 64;

    /// <summary>Python's <c>str(value)</c>.</summary>
    public static string Str(object? value)
    {
        if (value is string text)
            return text;
        var output = new StringBuilder();
        AppendStr(output, value);
        return output.ToString();
    }

    /// <summary>Python's <c>repr(value)</c>.</summary>
    public static string Repr(object? value)
    {
        var output = new StringBuilder();
        AppendRepr(output, value, 0);
        return output.ToString();
    }

    /// <summary>Writes <c>str(value)</c>.</summary>
    public static void AppendStr(StringBuilder output, object? value)
    {
        if (value is string text)
            output.Append(text);
        else
            AppendRepr(output, value, 0);
    }

    /// <summary>Python's <c>repr</c> of a float: the shortest digits that read back as the same number.</summary>
    public static string Float(double value)
    {
        if (double.IsNaN(value))
            return "nan";
        if (double.IsInfinity(value))
            return value > 0 ? "inf" : "-inf";
        if (value == 0)
            return double.IsNegative(value) ? "-0.0" : "0.0";
        // .NET's E format of the shortest digits: d.ddddE+xxx
        string shortest = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        (string digits, int exponent) = Digits(shortest);
        string sign = value < 0 ? "-" : "";
        if (exponent is < -4 or >= 16)
        {
            string mantissa = digits.Length == 1 ? digits : $"{digits[0]}.{digits.AsSpan(1)}";
            return $"{sign}{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }
        if (exponent < 0)
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        return digits.Length <= exponent + 1
            ? $"{sign}{digits.PadRight(exponent + 1, '0')}.0"
            : $"{sign}{digits.AsSpan(0, exponent + 1)}.{digits.AsSpan(exponent + 1)}";
    }

    /// <summary>Significant digits without zeros at either end, and the power of ten of the first.</summary>
    private static (string digits, int exponent) Digits(string shortest)
    {
        int exponent = 0;
        int e = shortest.IndexOf('E');
        if (e >= 0)
        {
            exponent = int.Parse(shortest.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            shortest = shortest[..e];
        }
        int point = shortest.IndexOf('.');
        int whole = point < 0 ? shortest.Length : point;
        string all = point < 0 ? shortest : shortest.Remove(point, 1);
        int leading = all.Length - all.TrimStart('0').Length;
        return (all[leading..].TrimEnd('0'), exponent + whole - 1 - leading);
    }

    private static void AppendRepr(StringBuilder output, object? value, int depth)
    {
        if (depth > MaxDepth)
            throw new PythonException($"RecursionError: lists nested more than {MaxDepth} deep");
        switch (value)
        {
            case null: output.Append("None"); break;
            case bool truth: output.Append(truth ? "True" : "False"); break;
            case long number: output.Append(number); break;
            case double number: output.Append(Float(number)); break;
            case string text: AppendQuoted(output, text); break;
            case JinjaUndefined undefined: undefined.Use(); break;
            case PythonRange range: output.Append(range); break;
            case PythonTuple { Count: 1 } tuple:
                output.Append('(');
                AppendRepr(output, tuple[0], depth + 1);
                output.Append(",)");
                break;
            case PythonTuple tuple: AppendList(output, tuple, '(', ')', depth); break;
            case IReadOnlyList<object?> list: AppendList(output, list, '[', ']', depth); break;
            case IReadOnlyDictionary<string, object?> or PythonDictionary: AppendMapping(output, value, depth); break;
            default: output.Append('<').Append(PythonOperators.TypeName(value)).Append('>'); break;
        }
    }

    private static void AppendList(StringBuilder output, IReadOnlyList<object?> list, char open, char close, int depth)
    {
        output.Append(open);
        for (int i = 0; i < list.Count; i++)
        {
            if (i > 0)
                output.Append(", ");
            AppendRepr(output, list[i], depth + 1);
        }
        output.Append(close);
    }

    private static void AppendMapping(StringBuilder output, object mapping, int depth)
    {
        output.Append('{');
        bool first = true;
        foreach ((object key, object? value) in PythonMapping.Entries(mapping))
        {
            if (!first)
                output.Append(", ");
            first = false;
            AppendRepr(output, key, depth + 1);
            output.Append(": ");
            AppendRepr(output, value, depth + 1);
        }
        output.Append('}');
    }

    /// <summary>Single quotes unless the text holds one and no double quote; what cannot be printed is escaped.</summary>
    private static void AppendQuoted(StringBuilder output, string text)
    {
        char quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        output.Append(quote);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == quote || c == '\\')
                output.Append('\\').Append(c);
            else if (c is >= ' ' and <= '~')
                output.Append(c);
            else if (c == '\n')
                output.Append("\\n");
            else if (c == '\r')
                output.Append("\\r");
            else if (c == '\t')
                output.Append("\\t");
            else if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                var rune = new Rune(c, text[++i]);
                if (IsPrintable(Rune.GetUnicodeCategory(rune)))
                    output.Append(rune.ToString());
                else
                    output.Append("\\U").Append(rune.Value.ToString("x8", CultureInfo.InvariantCulture));
            }
            else if (!char.IsSurrogate(c) && IsPrintable(char.GetUnicodeCategory(c)))
                output.Append(c);
            else if (c <= 0xff)
                output.Append("\\x").Append(((int)c).ToString("x2", CultureInfo.InvariantCulture));
            else
                output.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
        }
        output.Append(quote);
    }

    private static bool IsPrintable(UnicodeCategory category) => category is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
