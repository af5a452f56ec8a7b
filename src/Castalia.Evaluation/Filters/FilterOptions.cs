namespace Castalia.Evaluation;

/// <summary>The options that stand beside a filter's name, read once each; what nobody asked for is refused.</summary>
/// <param name="filter">The filter's name, for the errors.</param>
/// <param name="options">The options.</param>
internal sealed class FilterOptions(string filter, Row options)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>A value of any kind; null if it is not given.</summary>
    public object? Value(string name)
    {
        _known.Add(name);
        return options.TryGetValue(name, out object? value) ? value : null;
    }

    /// <summary>A text.</summary>
    public string? Text(string name) => Value(name) switch
    {
        null => null,
        string text => text,
        _ => throw Wrong(name, "text"),
    };

    /// <summary>A whole number.</summary>
    public long? Number(string name) => Value(name) switch
    {
        null => null,
        long number => number,
        int number => number,
        _ => throw Wrong(name, "a whole number"),
    };

    /// <summary>A truth value; false if it is not given.</summary>
    public bool Truth(string name) => Value(name) switch
    {
        null => false,
        bool truth => truth,
        _ => throw Wrong(name, "true or false"),
    };

    /// <summary>A list of texts; empty if it is not given.</summary>
    public string[] Texts(string name) => Value(name) switch
    {
        null => [],
        IReadOnlyList<object?> list when list.All(item => item is string) => [.. list.Cast<string>()],
        _ => throw Wrong(name, "a list of texts"),
    };

    /// <summary>Names with values; empty if it is not given.</summary>
    public Row Dictionary(string name) => Value(name) switch
    {
        null => new Dictionary<string, object?>(),
        Row row => row,
        _ => throw Wrong(name, "names with values"),
    };

    /// <summary>The filter, whatever an option says that means nothing to it.</summary>
    public IFilter Ignoring(string name, IFilter created)
    {
        _known.Add(name);
        return created;
    }

    /// <summary>Refuses options that the filter does not know.</summary>
    /// <exception cref="FormatException">There is one.</exception>
    public void RefuseUnknown()
    {
        string? unknown = options.Keys.FirstOrDefault(key => !_known.Contains(key));
        if (unknown is not null)
            throw new FormatException($"The filter '{filter}' has no option '{unknown}'{(_known.Count == 0 ? "" : $"; it has {string.Join(", ", _known)}")}.");
    }

    private FormatException Wrong(string name, string expected) => new($"The option '{name}' of the filter '{filter}' is to be {expected}.");
}
