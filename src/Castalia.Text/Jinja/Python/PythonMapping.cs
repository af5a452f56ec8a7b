namespace Castalia.Text.Jinja.Python;

/// <summary>Reading of the two kinds of mapping: rows from outside, whose keys are text, and dicts that a template made.</summary>
public static class PythonMapping
{
    /// <summary>Whether the value is a mapping.</summary>
    public static bool Is(object? value) => value is IReadOnlyDictionary<string, object?> or PythonDictionary;

    /// <summary>Number of keys.</summary>
    public static int Count(object mapping) =>
        mapping is PythonDictionary dictionary ? dictionary.Count : ((IReadOnlyDictionary<string, object?>)mapping).Count;

    /// <summary>Keys and values, in order.</summary>
    public static IEnumerable<KeyValuePair<object, object?>> Entries(object mapping) => mapping is PythonDictionary dictionary
        ? dictionary.Entries
        : ((IReadOnlyDictionary<string, object?>)mapping).Select(pair => KeyValuePair.Create<object, object?>(pair.Key, pair.Value));

    /// <summary>The value of a key, if it is there.</summary>
    public static bool TryGet(object mapping, object? key, out object? value)
    {
        if (mapping is PythonDictionary dictionary)
            return dictionary.TryGet(key, out value);
        if (key is string name)
            return ((IReadOnlyDictionary<string, object?>)mapping).TryGetValue(name, out value);
        value = null;
        return false;
    }
}
