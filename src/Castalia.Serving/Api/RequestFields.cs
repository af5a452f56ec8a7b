using System.Text.Json;

namespace Castalia.Serving.Api;

/// <summary>
/// The fields of one JSON object of a request, each taken by name with its type and bounds. What is wrong is an <see cref="ApiException"/>
/// that names the field; null counts as not given. What was not taken in the end is a field that the server does not know.
/// </summary>
internal sealed class RequestFields
{
    private readonly Dictionary<string, JsonElement> _fields = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly string _prefix;

    /// <param name="element">The object.</param>
    /// <param name="place">What errors call it; null for the request itself.</param>
    public RequestFields(JsonElement element, string? place = null)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw ApiException.Invalid(place, $"Expected {(place is null ? "the request" : $"'{place}'")} to be a JSON object, found {Kind(element)}.");
        _prefix = place is null ? "" : place + ".";
        foreach (JsonProperty property in element.EnumerateObject())
            _fields[Decoded(place, () => property.Name)] = property.Value;
    }

    /// <summary>The field as it stands; null where it is not given or null.</summary>
    public JsonElement? Element(string name)
    {
        _known.Add(name);
        return _fields.TryGetValue(name, out JsonElement value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) ? value : null;
    }

    public bool Bool(string name, bool absent = false) => Element(name) switch
    {
        null => absent,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => throw Wrong(name, "true or false", other),
    };

    /// <summary>A whole number within bounds.</summary>
    public int? Int(string name, int least, int most) => Element(name) is { } value ? IntOf(value, _prefix + name, least, most) : null;

    /// <summary>A whole number of 64 bits.</summary>
    public long? Long(string name) => Element(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt64(out long number) => number,
        { } other => throw Wrong(name, "an integer of 64 bits", other),
    };

    /// <summary>A number within bounds, both included.</summary>
    public double? Number(string name, double least, double most)
    {
        if (Element(name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double number))
            throw Wrong(name, "a number", value);
        if (!(number >= least && number <= most))
            throw ApiException.Invalid(_prefix + name, FormattableString.Invariant($"'{_prefix}{name}' is {number}; expected a number from {least} to {most}."));
        return number;
    }

    public string? Text(string name, int longest) => Element(name) is { } value ? TextOf(value, _prefix + name, longest) : null;

    /// <summary>Names fields that are known and change nothing here.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            _known.Add(name);
    }

    /// <summary>Refuses fields that ask for what the server does not do. Null, false, empty arrays and the words given ask for nothing.</summary>
    public void Refuse(string reason, string[] names, params string[] harmless)
    {
        foreach (string name in names)
        {
            if (Element(name) is not { } value || value.ValueKind == JsonValueKind.False
                || (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0)
                || (value.ValueKind == JsonValueKind.String && harmless.Contains(TextOf(value, _prefix + name, 1000))))
            {
                continue;
            }
            throw ApiException.Invalid(_prefix + name, $"'{_prefix}{name}' is not supported: {reason}", "unsupported_parameter");
        }
    }

    /// <summary>Refuses every field that nothing has asked for: a misspelt setting must not be passed over.</summary>
    public void RefuseUnknown()
    {
        foreach (string name in _fields.Keys)
        {
            if (_known.Contains(name))
                continue;
            bool isLong = name.Length > 60; // no field's name; comparing it would cost more than it is worth
            string shown = isLong ? name[..57] + "..." : name;
            string near = !isLong && NameSuggestion.Nearest(name, _known) is { } nearest ? $" Did you mean '{nearest}'?" : "";
            throw ApiException.Invalid(_prefix + shown, $"Unrecognized request argument: '{_prefix}{shown}'.{near}", "unknown_parameter");
        }
    }

    /// <summary>A whole number of an array or field.</summary>
    public static int IntOf(JsonElement value, string place, int least, int most)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out long number))
            throw Wrong(place, value, "an integer");
        if (number < least || number > most)
            throw ApiException.Invalid(place, FormattableString.Invariant($"'{place}' is {number}; expected an integer from {least} to {most}."));
        return (int)number;
    }

    /// <summary>A text of an array or field.</summary>
    public static string TextOf(JsonElement value, string place, int longest)
    {
        if (value.ValueKind != JsonValueKind.String)
            throw Wrong(place, value, "a string");
        string text = Decoded(place, () => value.GetString()!);
        return text.Length <= longest
            ? text
            : throw ApiException.Invalid(place, $"'{place}' is {text.Length} characters long; at most {longest} are taken.", "string_above_max_length");
    }

    /// <summary>400: a value of another type.</summary>
    public static ApiException Wrong(string place, JsonElement found, string expected) =>
        ApiException.Invalid(place, $"Expected '{place}' to be {expected}, found {Kind(found)}.", "invalid_type");

    private ApiException Wrong(string name, string expected, JsonElement found) => Wrong(_prefix + name, found, expected);

    /// <summary>Escapes and bytes of a JSON string may still spell no text: half a surrogate pair, bytes that are not UTF-8.</summary>
    private static string Decoded(string? place, Func<string> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            throw ApiException.Invalid(place, $"{(place is null ? "The request" : $"'{place}'")} holds a string that is not valid Unicode.", "invalid_unicode");
        }
    }

    private static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number", // too large or with a fraction, where a number was expected
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        _ => "null",
    };
}
