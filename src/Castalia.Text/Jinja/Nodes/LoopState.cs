namespace Castalia.Text.Jinja.Nodes;

/// <summary>What <c>loop</c> is inside a for.</summary>
internal sealed class LoopState(IReadOnlyList<object?> items, Scope scope)
{
    public int Index { get; set; }

    public object? Get(string name) => name switch
    {
        "index" => Index + 1L,
        "index0" => (long)Index,
        "revindex" => (long)(items.Count - Index),
        "revindex0" => items.Count - Index - 1L,
        "first" => Index == 0,
        "last" => Index == items.Count - 1,
        "length" => (long)items.Count,
        "previtem" => Index > 0 ? items[Index - 1] : scope.Undefined("there is no previous item"),
        "nextitem" => Index + 1 < items.Count ? items[Index + 1] : scope.Undefined("there is no next item"),
        _ => scope.Undefined($"'loop' has no attribute '{name}'"),
    };

    /// <summary><c>loop.cycle(a, b)</c>: the arguments in turn.</summary>
    public object? Cycle(IReadOnlyList<object?> arguments) => arguments.Count == 0 ? scope.Undefined("nothing to cycle") : arguments[Index % arguments.Count];
}
