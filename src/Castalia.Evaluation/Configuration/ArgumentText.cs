using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// Arguments as the harness's command line takes them: <c>key=value,key2=value2</c>, or a JSON object. Values become what Python would make of
/// them: true, false, None, whole numbers, other numbers, literals, or text.
/// </summary>
public static partial class ArgumentText
{
    private const string QuoteOpeners = "=,[({: \t";

    /// <summary>One value.</summary>
    public static object? Value(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        switch (text.ToLowerInvariant())
        {
            case "true": return true;
            case "false": return false;
            case "none": return null;
        }
        string stripped = PythonString.Strip(text);
        if (Whole().IsMatch(stripped) && long.TryParse(stripped, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
            return whole;
        if (Real().Match(stripped) is { Success: true } real)
        {
            string sign = real.Groups["sign"].Value;
            return real.Groups["name"].Value.ToLowerInvariant() switch
            {
                "nan" => double.NaN,
                "inf" or "infinity" => sign == "-" ? double.NegativeInfinity : double.PositiveInfinity,
                _ => double.Parse(stripped.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture),
            };
        }
        try
        {
            return PythonLiteral.Parse(text);
        }
        catch (PythonException)
        {
            return text;
        }
    }

    /// <summary>Keys and values of one text. Commas inside brackets and quotes part nothing.</summary>
    /// <param name="text">The text; may be empty.</param>
    /// <param name="option">The option that it was given to, for errors.</param>
    /// <exception cref="InputException">A part has no key.</exception>
    public static Row Pairs(string text, string option)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Merge([text], option);
    }

    /// <summary>Keys and values of several texts, or of one JSON object; later ones go before earlier ones.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="option">The option that they were given to, for errors.</param>
    /// <exception cref="InputException">A part has no key, or the JSON is wrong.</exception>
    public static Row Merge(IReadOnlyList<string> texts, string option)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var merged = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            if (text.AsSpan().TrimStart() is ['{', ..])
            {
                foreach ((string key, object? value) in Json(text, option))
                    merged[key] = value;
                continue;
            }
            foreach (string part in Split(text))
            {
                int equals = part.IndexOf('=');
                if (equals < 0)
                    throw new InputException(option, null, $"expected key=value, found '{part}'.", "Write pairs as key=value, with commas between them.");
                merged[part[..equals]] = Value(part[(equals + 1)..]);
            }
        }
        return merged;
    }

    /// <summary>A JSON object.</summary>
    internal static Row Json(string text, string option)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            return PythonJson.FromElement(json.RootElement) as Row ?? throw new JsonException("expected an object.");
        }
        catch (JsonException error)
        {
            throw new InputException(option, null, $"this is no JSON object: {error.Message}", "Write it with double quotes round keys and texts.", error);
        }
    }

    private static IEnumerable<string> Split(string text)
    {
        int start = 0, depth = 0;
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quote != '\0')
                quote = c == quote ? '\0' : quote;
            // A quote inside a word is an apostrophe; one that is never closed means itself.
            else if (c is '"' or '\'' && (i == 0 || QuoteOpeners.Contains(text[i - 1])) && text.IndexOf(c, i + 1) >= 0)
                quote = c;
            else if (c is '[' or '(' or '{')
                depth++;
            else if (c is ']' or ')' or '}')
                depth = Math.Max(0, depth - 1);
            else if (c == ',' && depth == 0)
            {
                if (i > start)
                    yield return text[start..i];
                start = i + 1;
            }
        }
        if (start < text.Length)
            yield return text[start..];
    }

    [GeneratedRegex(@"\A[-+]?[0-9]+\z")]
    private static partial Regex Whole();

    [GeneratedRegex(@"\A(?<sign>[-+]?)((?<name>nan|inf|infinity)|([0-9]+(_[0-9]+)*)(\.([0-9]+(_[0-9]+)*)?)?([eE][-+]?[0-9]+(_[0-9]+)*)?|\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+)?)\z", RegexOptions.IgnoreCase)]
    private static partial Regex Real();
}
