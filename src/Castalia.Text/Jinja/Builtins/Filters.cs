using System.Globalization;
using Castalia.Text.Jinja.Python;

namespace Castalia.Text.Jinja.Builtins;

/// <summary>The filters on one value: what may stand behind <c>|</c>. Those on sequences are in <see cref="SequenceFilters"/>.</summary>
internal static class Filters
{
    public static IReadOnlyDictionary<string, FilterFunction> All { get; } =
        new Dictionary<string, FilterFunction>(SequenceFilters.All, StringComparer.Ordinal)
        {
            ["abs"] = (x, _) => x is double number ? Math.Abs(number) : PythonOperators.Compare(x, 0L) < 0 ? PythonOperators.Negate(x) : x,
            ["attr"] = (x, call) => Nodes.Member.Of(call.Scope, x, call.Text(0, "name"), call.Scope.Position),
            ["capitalize"] = (x, _) => PythonString.Capitalize(PythonText.Str(x)),
            ["center"] = (x, call) => Center(PythonText.Str(x), call.Integer(0, "width", 80)),
            ["d"] = Default,
            ["default"] = Default,
            ["float"] = (x, call) => Float(x) ?? call.Get(0, "default", 0.0),
            ["format"] = (x, call) => PythonFormat.Percent(PythonText.Str(x), call.Named.Count > 0 ? call.Named : new PythonTuple([.. call.Positional])),
            ["indent"] = Indent,
            ["int"] = Int,
            ["lower"] = (x, _) => PythonString.Lower(PythonText.Str(x)),
            ["regex_replace"] = (x, call) => PythonRegex.Replace(
                PythonText.Str(x), call.Text(0, "pattern"), call.Text(1, "repl", ""), (int)call.Integer(2, "count", 0)),
            ["replace"] = (x, call) => Replace(
                PythonText.Str(x), PythonText.Str(call.Get(0, "old")), PythonText.Str(call.Get(1, "new")), call.Get(2, "count")),
            ["round"] = Round,
            ["safe"] = (x, _) => PythonText.Str(x),
            ["string"] = (x, _) => PythonText.Str(x),
            ["title"] = (x, _) => PythonString.Title(PythonText.Str(x)),
            ["tojson"] = (x, call) => PythonJson.Dumps(x, call.Get(1, "indent") is long indent ? (int)Math.Clamp(indent, 0, 16) : null,
                ensureAscii: call.Truth(0, "ensure_ascii", false)),
            ["trim"] = (x, call) => PythonString.Strip(PythonText.Str(x), call.TextOrNone(0, "chars")),
            ["upper"] = (x, _) => PythonString.Upper(PythonText.Str(x)),
            ["wordcount"] = (x, _) => (long)PythonRegex.Compile(@"\w+").Count(PythonText.Str(x)),
        };

    /// <summary>Python's <c>text.replace(old, new, count)</c>.</summary>
    internal static string Replace(string text, string old, string with, object? count)
    {
        long most = count is null ? long.MaxValue : PythonOperators.ToInteger(count) is var n && n < 0 ? long.MaxValue : PythonOperators.ToInteger(count);
        if (old.Length == 0)
        {
            string[] points = PythonString.CodePoints(text);
            return string.Concat(points.Select((point, i) => i < most ? with + point : point)) + (points.Length < most ? with : "");
        }
        if ((long)text.Length / old.Length * with.Length > 64 * 1024 * 1024)
            throw new PythonException("MemoryError: the replacement would make the text too long");
        if (most == long.MaxValue)
            return text.Replace(old, with, StringComparison.Ordinal);
        string[] parts = text.Split(old, (int)Math.Min(most, int.MaxValue - 1) + 1);
        return string.Join(with, parts);
    }

    private static object? Default(object? value, BuiltinCall call)
    {
        object? otherwise = call.Get(0, "default_value", "");
        if (value is JinjaUndefined)
            return otherwise;
        return call.Truth(1, "boolean", false) && !PythonOperators.IsTrue(value) ? otherwise : value;
    }

    private static object? Int(object? value, BuiltinCall call)
    {
        object? otherwise = call.Get(0, "default", 0L);
        switch (value)
        {
            case long: return value;
            case bool truth: return truth ? 1L : 0L;
            case double number: return Truncate(number) ?? otherwise;
            case JinjaUndefined undefined:
                undefined.Use();
                return otherwise;
            case string text:
                string digits = PythonString.Strip(text).Replace("_", "", StringComparison.Ordinal);
                long radix = call.Integer(1, "base", 10);
                if (radix == 16)
                {
                    string hex = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? digits[2..] : digits;
                    return long.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long parsed) ? parsed : otherwise;
                }
                if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
                    return whole;
                return Float(text) is { } real ? Truncate(real) ?? otherwise : otherwise;
            default: return otherwise;
        }
    }

    private static object? Truncate(double number) =>
        Math.Abs(number) < 9.2e18 ? (long)Math.Truncate(number) : null;

    private static double? Float(object? value)
    {
        switch (value)
        {
            case long or bool or double: return PythonOperators.ToDouble(value);
            case JinjaUndefined undefined:
                undefined.Use();
                return null;
            case string text:
                string digits = PythonString.Strip(text).Replace("_", "", StringComparison.Ordinal);
                return double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) ? real : null;
            default: return null;
        }
    }

    private static object? Round(object? value, BuiltinCall call)
    {
        long precision = Math.Clamp(call.Integer(0, "precision", 0), -15, 15);
        double number = value is long or bool or double ? PythonOperators.ToDouble(value)
            : throw new PythonException($"TypeError: type {PythonOperators.TypeName(value)} cannot be rounded");
        double scale = Math.Pow(10, precision);
        return call.Text(1, "method", "common") switch
        {
            "common" => precision >= 0 && Math.Abs(number) < 7.9e27
                ? (double)Math.Round((decimal)number, (int)precision, MidpointRounding.ToEven)
                : Math.Round(number * scale) / scale,
            "ceil" => Math.Ceiling(number * scale) / scale,
            "floor" => Math.Floor(number * scale) / scale,
            var other => throw new PythonException($"FilterArgumentError: method must be common, ceil or floor, not {other}"),
        };
    }

    private static object? Indent(object? value, BuiltinCall call)
    {
        object? width = call.Get(0, "width", 4L);
        string pad = width is string given ? given : new string(' ', (int)Math.Clamp(PythonOperators.ToInteger(width), 0, 1000));
        bool first = call.Truth(1, "first", false), blank = call.Truth(2, "blank", false);
        List<string> lines = PythonString.SplitLines(PythonText.Str(value) + "\n");
        return string.Join('\n', lines.Select((line, i) => i == 0 ? (first ? pad + line : line) : line.Length > 0 || blank ? pad + line : line));
    }

    private static string Center(string text, long width)
    {
        int missing = (int)Math.Clamp(width, 0, 10_000) - PythonString.Length(text);
        if (missing <= 0)
            return text;
        int left = missing / 2 + (missing & (int)width & 1);
        return new string(' ', left) + text + new string(' ', missing - left);
    }
}
