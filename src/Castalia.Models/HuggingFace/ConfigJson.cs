using System.Text.Json;
using System.Text.Json.Nodes;
using Castalia.Formats;

namespace Castalia.Models;

/// <summary>A <c>config.json</c>, or an object inside it, read field by field with bounds; what is wrong is said with file and key.</summary>
public sealed class ConfigJson
{
    private const int LongestFile = 16 << 20, MostNesting = 64;
    private readonly string _prefix;
    private readonly JsonObject _fields;

    private ConfigJson(string file, string prefix, JsonObject fields)
    {
        File = file;
        _prefix = prefix;
        _fields = fields;
    }

    /// <summary>The file, as messages name it.</summary>
    public string File { get; }

    /// <summary>Reads a file that holds one JSON object.</summary>
    /// <exception cref="InputException">The file is missing, too long, or not a JSON object.</exception>
    public static ConfigJson Read(string file) => Parse(file, InputFile.ReadAllBytes(file, LongestFile));

    /// <summary>Reads bytes that hold one JSON object.</summary>
    /// <param name="file">What to call them in messages.</param>
    /// <param name="bytes">UTF-8, with or without a byte order mark.</param>
    /// <exception cref="InputException">They are not a JSON object.</exception>
    internal static ConfigJson Parse(string file, ReadOnlySpan<byte> bytes)
    {
        const string Remedy = "Fetch the model again, or point at the folder that holds it.";
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            bytes = bytes[3..];
        try
        {
            CheckTexts(bytes);
            JsonNode? node = JsonNode.Parse(bytes, documentOptions: new JsonDocumentOptions { MaxDepth = MostNesting, AllowDuplicateProperties = false });
            return node is JsonObject fields
                ? new ConfigJson(file, "", fields)
                : throw new InputException(file, null, "it does not hold a JSON object.", Remedy);
        }
        catch (JsonException exception)
        {
            throw new InputException(file, $"line {exception.LineNumber + 1}", "it is not valid JSON: " + exception.Message, Remedy, exception);
        }
        catch (InvalidOperationException exception)
        {
            throw new InputException(file, null, "it holds text that is not valid UTF-8.", Remedy, exception);
        }
    }

    // The document decodes texts only when they are asked for, and fails then: on bytes that are not UTF-8, and on half a surrogate pair.
    private static void CheckTexts(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MostNesting });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                reader.GetString();
        }
    }

    /// <summary>Whether a field is there and not null.</summary>
    public bool Has(string key) => _fields[key] is not null;

    /// <summary>The spelling of a field that this file uses: the architecture's own, or the one that transformers gives all models.</summary>
    public string Spelling(string own, string general) => Has(own) || !Has(general) ? own : general;

    /// <summary>The keys that are there.</summary>
    public IEnumerable<string> Keys => _fields.Select(pair => pair.Key);

    /// <summary>All of it, for the caller to change.</summary>
    public JsonObject Copy() => _fields.DeepClone().AsObject();

    /// <summary>An object inside; null where it is absent or null.</summary>
    public ConfigJson? Object(string key) => _fields[key] switch
    {
        null => null,
        JsonObject inner => new ConfigJson(File, $"{_prefix}{key}.", inner),
        _ => throw Wrong(key, "an object"),
    };

    /// <summary>A list; null where it is absent or null.</summary>
    public JsonArray? List(string key) => _fields[key] switch
    {
        null => null,
        JsonArray list => list,
        _ => throw Wrong(key, "a list"),
    };

    /// <summary>A whole number within bounds.</summary>
    public int Int(string key, int least, int most, int? absent = null)
    {
        if (!Has(key))
            return absent ?? throw Missing(key);
        return _fields[key] is JsonValue value && value.TryGetValue(out long number) && number >= least && number <= most
            ? (int)number
            : throw Wrong(key, $"a whole number from {least} to {most}");
    }

    /// <summary>A token id, the first where the file has a list; null where it has none, or −1, which some files mean by none.</summary>
    public int? TokenId(string key)
    {
        JsonNode? node = _fields[key] is JsonArray { Count: > 0 } list ? list[0] : _fields[key];
        if (node is null or JsonArray)
            return null;
        return node is JsonValue value && value.TryGetValue(out int number) ? number >= 0 ? number : null : throw Wrong(key, "a token id");
    }

    /// <summary>Token ids, of which the file has one or a list; empty where it has none.</summary>
    public IReadOnlyList<int> TokenIds(string key)
    {
        JsonNode?[] nodes = _fields[key] switch { null => [], JsonArray list => [.. list], JsonNode one => [one] };
        return [.. nodes.Select(node => node is JsonValue value && value.TryGetValue(out int number) ? number : throw Wrong(key, "a token id or a list of them")).Where(id => id >= 0)];
    }

    /// <summary>A finite number.</summary>
    public double Number(string key, double? absent = null)
    {
        if (!Has(key))
            return absent ?? throw Missing(key);
        return _fields[key] is JsonValue value && value.TryGetValue(out double number) && double.IsFinite(number) ? number : throw Wrong(key, "a number");
    }

    /// <summary>True or false.</summary>
    public bool Bool(string key, bool absent)
    {
        if (!Has(key))
            return absent;
        return _fields[key] is JsonValue value && value.TryGetValue(out bool flag) ? flag : throw Wrong(key, "true or false");
    }

    /// <summary>A string.</summary>
    public string Text(string key, string? absent = null)
    {
        if (!Has(key))
            return absent ?? throw Missing(key);
        return _fields[key] is JsonValue value && value.TryGetValue(out string? text) ? text : throw Wrong(key, "a string");
    }

    /// <summary>Whether a field holds a string.</summary>
    public bool IsText(string key) => _fields[key] is JsonValue value && value.GetValueKind() == JsonValueKind.String;

    /// <summary>A list of strings.</summary>
    public IReadOnlyList<string> Texts(string key) => List(key) is not { } list ? throw Missing(key)
        : [.. list.Select(item => item is JsonValue value && value.TryGetValue(out string? text) ? text : throw Wrong(key, "a list of strings"))];

    /// <summary>Whether a field holds an empty list, object or string.</summary>
    public bool IsEmpty(string key) => _fields[key] is JsonArray { Count: 0 } or JsonObject { Count: 0 } || (IsText(key) && Text(key).Length == 0);

    /// <summary>The error for a field that asks for what this system does not do.</summary>
    public InputException Unsupported(string key, string remedy) => new(File, _prefix + key, $"{Shown(key)} is not supported here.", remedy);

    /// <summary>The error for a field whose value this system does not know.</summary>
    public InputException Unknown(string key, IEnumerable<string> known) =>
        new(File, _prefix + key, $"{Shown(key)} is not known here; expected one of {string.Join(", ", known)}.", "Use a model of a supported kind.");

    /// <summary>The error for fields that each read well and make no model together.</summary>
    public InputException Unfit(string problem, Exception inner) =>
        new(File, null, problem, "Correct the sizes in the file, or fetch it again.", inner);

    private InputException Missing(string key) => new(File, _prefix + key, "the field is missing.", "Fetch the file again, or add the field.");

    /// <summary>The error for a field that holds something else than it may.</summary>
    public InputException Wrong(string key, string expected) =>
        new(File, _prefix + key, $"expected {expected}, found {Shown(key)}.", "Correct the field, or fetch the file again.");

    private string Shown(string key)
    {
        string text = _fields[key]?.ToJsonString() ?? "null";
        return text.Length <= 60 ? text : text[..60] + "...";
    }
}
