namespace Castalia.Evaluation;

/// <summary>The keys of one task or group, read one by one by kind; what is left unread at the end is unknown.</summary>
internal sealed class YamlSection(string file, string owner, IReadOnlyDictionary<string, YamlEntry> entries)
{
    private readonly HashSet<string> _read = [];

    public string File => file;

    public IEnumerable<string> Keys => entries.Keys;

    public bool Has(string key) => entries.TryGetValue(key, out YamlEntry? entry) && entry.Value is not null;

    public object? Raw(string key)
    {
        _read.Add(key);
        return entries.TryGetValue(key, out YamlEntry? entry) ? entry.Value : null;
    }

    public string? Text(string key) => Raw(key) switch
    {
        null => null,
        string text => text,
        YamlFunction function => throw NotBuiltIn(key, function),
        long or double or bool => throw Error(key, $"expected text, found {Show(Raw(key))}.", "Put it in quotes."),
        _ => throw Error(key, "expected text.", "Write one text."),
    };

    public long? Integer(string key) => Raw(key) switch
    {
        null => null,
        long number => number,
        var other => throw Error(key, $"expected a whole number, found {Show(other)}.", "Write a whole number."),
    };

    public bool? Truth(string key) => Raw(key) switch
    {
        null => null,
        bool truth => truth,
        var other => throw Error(key, $"expected true or false, found {Show(other)}.", "Write true or false."),
    };

    public OrderedDictionary<string, object?>? Mapping(string key) => Raw(key) switch
    {
        null => null,
        OrderedDictionary<string, object?> mapping => mapping,
        _ => throw Error(key, "expected keys and values.", "Indent the keys below it."),
    };

    public IReadOnlyList<object?>? List(string key) => Raw(key) switch
    {
        null => null,
        object?[] list => list,
        var one => [one],
    };

    /// <summary>A list of texts, or one text for a list of one.</summary>
    public IReadOnlyList<string> Texts(string key) =>
        [.. (List(key) ?? []).Select(item => item as string ?? throw Error(key, $"expected names, found {Show(item)}.",
            "Put names in quotes."))];

    /// <summary>One item of a list as a section of its own.</summary>
    public YamlSection Nested(string key, object? item) => item is OrderedDictionary<string, object?> mapping
        ? new YamlSection(PlaceOf(key).file, $"{owner}, {key}",
            mapping.ToDictionary(pair => pair.Key, pair => new YamlEntry(pair.Value, PlaceOf(key).file, PlaceOf(key).line), StringComparer.Ordinal))
        : throw Error(key, $"expected keys and values, found {Show(item)}.", "Indent the keys below it.");

    /// <summary>The built-in function that a key names; null if the key is not set.</summary>
    public T? Function<T>(string key) where T : TaskFunction => Raw(key) switch
    {
        null => null,
        YamlFunction function => TaskFunctions.Find<T>(PlaceOf(key).file, function.Name) ?? throw NotBuiltIn(key, function),
        var other => throw Error(key, $"expected !function and a name, found {Show(other)}.", "Name a function that is built in."),
    };

    /// <summary>A template, an index, a list or a built-in function; null if the key is not set.</summary>
    public TaskField? Field(string key) => Raw(key) switch
    {
        null => null,
        YamlFunction => new FunctionField(Function<DocumentFunction>(key)!),
        string text => new TemplateField(text),
        long index => new ConstantField(index),
        object?[] list => new ConstantField(list),
        OrderedDictionary<string, object?> mapping => new ConstantField(mapping.Values.ToArray()),
        var other => throw Error(key, $"expected text, found {Show(other)}.", "Put it in quotes."),
    };

    /// <summary>Keys the harness knows and this version does not: refused by name where they are set to something.</summary>
    public void Refuse(string why, params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            if (Raw(key) is not (null or false or "") and var value)
                throw value is YamlFunction function ? NotBuiltIn(key, function) : Error(key, "is not supported here.", why);
        }
    }

    private InputException NotBuiltIn(string key, YamlFunction function) => Error(key, $"'!function {function.Name}' has no equal built in here.",
        "Tasks run as they stand where they are YAML and Jinja, or name a function that is built in (docs/task-functions.md).");

    /// <summary>Refuses keys that were never read.</summary>
    public void RefuseUnknown()
    {
        if (entries.Keys.FirstOrDefault(key => !_read.Contains(key)) is { } unknown)
            throw Error(unknown, "no such key is known.", NameSuggestion.Remedy(unknown, _read));
    }

    public InputException Error(string key, string problem, string remedy, Exception? inner = null)
    {
        (string where, long line) = PlaceOf(key);
        string place = line > 0 ? $"{owner}, line {line}, {key}" : $"{owner}, {key}";
        return new InputException(where, place, problem, remedy, inner);
    }

    /// <summary>The file that a key is written in.</summary>
    public string FileOf(string key) => PlaceOf(key).file;

    /// <summary>A value as text, where YAML may have read a name as a number.</summary>
    public string TextOf(object value, string key) => value switch
    {
        string text => text,
        long or double => Show(value),
        _ => throw Error(key, $"expected text, found {Show(value)}.", "Put it in quotes."),
    };

    private (string file, long line) PlaceOf(string key) =>
        entries.TryGetValue(key, out YamlEntry? entry) ? (entry.File, entry.Line) : (file, 0);

    private static string Show(object? value) => value switch
    {
        null => "nothing",
        string text => $"'{text}'",
        YamlFunction function => $"!function {function.Name}",
        object?[] => "a list",
        OrderedDictionary<string, object?> => "keys and values",
        bool truth => truth ? "true" : "false",
        _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? "",
    };
}
