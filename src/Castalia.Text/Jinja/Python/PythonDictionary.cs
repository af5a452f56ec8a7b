namespace Castalia.Text.Jinja.Python;

/// <summary>A Python dict whose keys may be any plain value, in the order of insertion. Keys equal in Python (1, 1.0, True) are one key.</summary>
public sealed class PythonDictionary
{
    private readonly OrderedDictionary<object, object?> _entries = new(KeyComparer.Instance);

    /// <summary>Number of keys.</summary>
    public int Count => _entries.Count;

    /// <summary>Keys and values in order of insertion.</summary>
    public IEnumerable<KeyValuePair<object, object?>> Entries => _entries;

    /// <summary>Sets a key. None, lists and dicts cannot be keys here.</summary>
    public void Set(object? key, object? value) => _entries[Key(key)] = value;

    /// <summary>The value of a key, if it is there.</summary>
    public bool TryGet(object? key, out object? value)
    {
        if (key is string or long or double or bool)
            return _entries.TryGetValue(key, out value);
        value = null;
        return false;
    }

    private static object Key(object? key) =>
        key is string or long or double or bool ? key
            : throw new PythonException($"TypeError: a {PythonOperators.TypeName(key)} cannot be a key of a dict here");

    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public static readonly KeyComparer Instance = new();

        public new bool Equals(object? x, object? y) => PythonOperators.AreEqual(x, y);

        public int GetHashCode(object key) => key switch
        {
            string text => text.GetHashCode(StringComparison.Ordinal),
            bool truth => (truth ? 1.0 : 0.0).GetHashCode(),
            long number => ((double)number).GetHashCode(),
            _ => key.GetHashCode(),
        };
    }
}
