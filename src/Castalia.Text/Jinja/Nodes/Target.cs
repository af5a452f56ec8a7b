using Castalia.Text.Jinja.Python;

namespace Castalia.Text.Jinja.Nodes;

/// <summary>What a value is assigned to: a name, several names, or a namespace's member.</summary>
internal abstract class Target
{
    public abstract void Assign(Scope scope, object? value);
}

/// <summary>One name.</summary>
internal sealed class NameTarget(string name) : Target
{
    public override void Assign(Scope scope, object? value) => scope.Set(name, value);
}

/// <summary>A namespace's member: <c>ns.found</c>.</summary>
internal sealed class MemberTarget(string name, string member) : Target
{
    public override void Assign(Scope scope, object? value)
    {
        if (scope.Get(name) is not JinjaNamespace space)
            throw new PythonException($"TypeError: cannot assign attribute on non-namespace object '{name}'");
        space.Members[member] = value;
    }
}

/// <summary>Several targets that share out a sequence.</summary>
internal sealed class TupleTarget(Target[] targets) : Target
{
    public override void Assign(Scope scope, object? value)
    {
        IReadOnlyList<object?> list = PythonSequence.ToList(value);
        if (list.Count != targets.Length)
            throw new PythonException($"ValueError: {targets.Length} values to unpack expected, {list.Count} found");
        for (int i = 0; i < targets.Length; i++)
            targets[i].Assign(scope, list[i]);
    }
}

/// <summary>What <c>namespace(...)</c> makes: the one thing that an inner block can change for an outer one.</summary>
internal sealed class JinjaNamespace
{
    public Dictionary<string, object?> Members { get; } = new(StringComparer.Ordinal);
}
