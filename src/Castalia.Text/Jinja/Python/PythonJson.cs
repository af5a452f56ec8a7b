using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Castalia.Text.Jinja.Python;

/// <summary>Python's <c>json.dumps</c>, to the character, and its reader's idea of values.</summary>
public static class PythonJson
{
    private const int MaxDepth = 64;

    /// <summary>Writes a value as <c>json.dumps</c> does.</summary>
    /// <param name="value">Null, bool, long, double, string, a list or a mapping of such.</param>
    /// <param name="indent">Blanks a level, on lines of their own; null for one line with <c>", "</c> and <c>": "</c>.</param>
    /// <param name="ensureAscii">Escapes everything beyond ASCII.</param>
    /// <param name="sortKeys">Writes keys in their order by code point.</param>
    public static string Dumps(object? value, int? indent = null, bool ensureAscii = true, bool sortKeys = false)
    {
        var output = new StringBuilder();
        Write(output, value, new Settings(indent, ensureAscii, sortKeys), 0);
        return output.ToString();
    }

    /// <summary>A parsed JSON value as templates know values: whole numbers as long, others as double, objects in file order.</summary>
    /// <exception cref="PythonException">A whole number is beyond 64 bits.</exception>
    public static object? FromElement(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String: return element.GetString();
            case JsonValueKind.True: return true;
            case JsonValueKind.False: return false;
            case JsonValueKind.Number:
                if (element.TryGetInt64(out long whole))
                    return whole;
                string raw = element.GetRawText();
                return raw.AsSpan().ContainsAny(".eE") ? element.GetDouble()
                    : throw new PythonException($"OverflowError: the number {raw} is beyond 64 bits");
            case JsonValueKind.Array:
                var list = new object?[element.GetArrayLength()];
                int at = 0;
                foreach (JsonElement item in element.EnumerateArray())
                    list[at++] = FromElement(item);
                return list;
            case JsonValueKind.Object:
                var row = new OrderedDictionary<string, object?>(element.GetPropertyCount(), StringComparer.Ordinal);
                foreach (JsonProperty property in element.EnumerateObject())
                    row[property.Name] = FromElement(property.Value);
                return row;
            default: return null;
        }
    }

    private static void Write(StringBuilder output, object? value, Settings settings, int depth)
    {
        if (depth > MaxDepth)
            throw new PythonException($"ValueError: nested more than {MaxDepth} deep");
        switch (value)
        {
            case null: output.Append("null"); break;
            case bool truth: output.Append(truth ? "true" : "false"); break;
            case int number: output.Append(number); break;
            case long number: output.Append(number); break;
            case double number:
                output.Append(double.IsNaN(number) ? "NaN" : double.IsPositiveInfinity(number) ? "Infinity"
                    : double.IsNegativeInfinity(number) ? "-Infinity" : PythonText.Float(number));
                break;
            case string text: WriteText(output, text, settings.EnsureAscii); break;
            case IReadOnlyList<object?> list:
                output.Append('[');
                for (int i = 0; i < list.Count; i++)
                {
                    Separate(output, settings, i, depth + 1);
                    Write(output, list[i], settings, depth + 1);
                }
                Close(output, settings, list.Count, depth, ']');
                break;
            default:
                if (!PythonMapping.Is(value))
                    throw new PythonException($"TypeError: Object of type {PythonOperators.TypeName(value)} is not JSON serializable");
                WriteMapping(output, value, settings, depth);
                break;
        }
    }

    private static void WriteMapping(StringBuilder output, object mapping, Settings settings, int depth)
    {
        var entries = PythonMapping.Entries(mapping).Select(pair => (key: Key(pair.Key), pair.Value));
        if (settings.SortKeys)
            entries = entries.OrderBy(pair => pair.key, Comparer<string>.Create(PythonString.CompareByCodePoint));
        output.Append('{');
        int count = 0;
        foreach ((string key, object? member) in entries)
        {
            Separate(output, settings, count++, depth + 1);
            WriteText(output, key, settings.EnsureAscii);
            output.Append(": ");
            Write(output, member, settings, depth + 1);
        }
        Close(output, settings, count, depth, '}');
    }

    private static string Key(object key) => key switch
    {
        string text => text,
        bool truth => truth ? "true" : "false",
        double number => PythonText.Float(number),
        _ => Convert.ToString(key, CultureInfo.InvariantCulture) ?? "",
    };

    private static void Separate(StringBuilder output, Settings settings, int index, int depth)
    {
        if (index > 0)
            output.Append(settings.Indent is null ? ", " : ",");
        if (settings.Indent is { } indent)
            output.Append('\n').Append(' ', indent * depth);
    }

    private static void Close(StringBuilder output, Settings settings, int count, int depth, char sign)
    {
        if (settings.Indent is { } indent && count > 0)
            output.Append('\n').Append(' ', indent * depth);
        output.Append(sign);
    }

    private static void WriteText(StringBuilder output, string text, bool ensureAscii)
    {
        output.Append('"');
        foreach (char c in text)
        {
            switch (c)
            {
                case '"': output.Append("\\\""); break;
                case '\\': output.Append("\\\\"); break;
                case '\n': output.Append("\\n"); break;
                case '\r': output.Append("\\r"); break;
                case '\t': output.Append("\\t"); break;
                case '\b': output.Append("\\b"); break;
                case '\f': output.Append("\\f"); break;
                default:
                    if (c < ' ' || (ensureAscii && c > '~'))
                        output.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                    else
                        output.Append(c);
                    break;
            }
        }
        output.Append('"');
    }

    private readonly record struct Settings(int? Indent, bool EnsureAscii, bool SortKeys);
}
