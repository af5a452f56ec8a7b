using Castalia.Text.Jinja.Nodes;
using Castalia.Text.Jinja.Python;

namespace Castalia.Text.Jinja.Builtins;

/// <summary>A filter: a value in, a value out.</summary>
internal delegate object? FilterFunction(object? input, BuiltinCall call);

/// <summary>A test: whether something holds of a value.</summary>
internal delegate bool TestFunction(object? input, BuiltinCall call);

/// <summary>The arguments that a filter, test or method was called with.</summary>
internal readonly record struct BuiltinCall(Scope Scope, IReadOnlyList<object?> Positional, IReadOnlyDictionary<string, object?> Named)
{
    public static IReadOnlyDictionary<string, object?> NoNames { get; } = new Dictionary<string, object?>();

    public int Count => Positional.Count;

    /// <summary>An argument by place or name; <paramref name="otherwise"/> if it was not given.</summary>
    public object? Get(int index, string name, object? otherwise = null) =>
        index < Positional.Count ? Positional[index] : Named.TryGetValue(name, out object? value) ? value : otherwise;

    /// <summary>Whether the argument was given.</summary>
    public bool Has(int index, string name) => index < Positional.Count || Named.ContainsKey(name);

    /// <summary>A text argument.</summary>
    public string Text(int index, string name, string? otherwise = null) => Get(index, name, otherwise) switch
    {
        string text => text,
        JinjaUndefined undefined => throw undefined.Error,
        null when !Has(index, name) => throw new PythonException($"TypeError: the argument '{name}' is missing"),
        var other => throw new PythonException($"TypeError: the argument '{name}' must be str, not {PythonOperators.TypeName(other)}"),
    };

    /// <summary>A text argument that may be left out or None.</summary>
    public string? TextOrNone(int index, string name) => Get(index, name) is null ? null : Text(index, name);

    /// <summary>A whole-number argument.</summary>
    public long Integer(int index, string name, long? otherwise = null) => Get(index, name, otherwise) switch
    {
        long or bool => PythonOperators.ToInteger(Get(index, name, otherwise)),
        JinjaUndefined undefined => throw undefined.Error,
        var other => throw new PythonException($"TypeError: the argument '{name}' must be int, not {PythonOperators.TypeName(other)}"),
    };

    /// <summary>A true-or-false argument.</summary>
    public bool Truth(int index, string name, bool otherwise) => PythonOperators.IsTrue(Get(index, name, otherwise));
}
