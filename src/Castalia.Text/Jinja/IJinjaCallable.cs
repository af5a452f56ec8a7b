namespace Castalia.Text.Jinja;

/// <summary>Something that a template can call: a macro, a global function, or a function that the caller put among the values.</summary>
public interface IJinjaCallable
{
    /// <summary>Calls it.</summary>
    /// <param name="arguments">The arguments without names, in order.</param>
    /// <param name="named">The arguments with names.</param>
    /// <returns>A value as a template knows them.</returns>
    object? Call(IReadOnlyList<object?> arguments, IReadOnlyDictionary<string, object?> named);
}

/// <summary>A function of C# made callable from a template.</summary>
/// <param name="function">What to run: arguments and named arguments in, value out.</param>
public sealed class JinjaFunction(Func<IReadOnlyList<object?>, IReadOnlyDictionary<string, object?>, object?> function) : IJinjaCallable
{
    /// <inheritdoc/>
    public object? Call(IReadOnlyList<object?> arguments, IReadOnlyDictionary<string, object?> named) => function(arguments, named);
}
