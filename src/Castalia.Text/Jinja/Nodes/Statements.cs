using Castalia.Text.Jinja.Python;

namespace Castalia.Text.Jinja.Nodes;

/// <summary>Something that a template does in its turn.</summary>
internal abstract class Statement(int position)
{
    public int Position { get; } = position;

    public abstract void Execute(Scope scope);
}

/// <summary>Text that is written as it stands.</summary>
internal sealed class TemplateText(int position, string value) : Statement(position)
{
    public string Value { get; } = value;

    public override void Execute(Scope scope) => scope.Write(Value);
}

/// <summary><c>{{ value }}</c>.</summary>
internal sealed class Output(int position, Expression value) : Statement(position)
{
    public override void Execute(Scope scope)
    {
        object? result = value.Evaluate(scope);
        scope.Position = Position;
        scope.WriteValue(result);
    }
}

/// <summary><c>{% if %} ... {% elif %} ... {% else %}</c>.</summary>
internal sealed class If(int position, (Expression condition, Statement[] body)[] branches, Statement[] otherwise) : Statement(position)
{
    public override void Execute(Scope scope)
    {
        foreach ((Expression condition, Statement[] body) in branches)
        {
            object? holds = condition.Evaluate(scope);
            scope.Position = condition.Position;
            if (!PythonOperators.IsTrue(holds))
                continue;
            foreach (Statement statement in body)
                statement.Execute(scope);
            return;
        }
        foreach (Statement statement in otherwise)
            statement.Execute(scope);
    }
}

/// <summary><c>{% generation %} ... {% endgeneration %}</c>.</summary>
internal sealed class Generation(int position, Statement[] body) : Statement(position)
{
    public override void Execute(Scope scope)
    {
        foreach (Statement statement in body)
            statement.Execute(scope);
    }
}

/// <summary><c>{% set a, b = value %}</c>, or of a namespace's member.</summary>
internal sealed class Set(int position, Target target, Expression value) : Statement(position)
{
    public override void Execute(Scope scope)
    {
        object? result = value.Evaluate(scope);
        scope.Position = Position;
        target.Assign(scope, result);
    }
}

/// <summary><c>{% set name %} ... {% endset %}</c>: what the body writes, after the filters.</summary>
internal sealed class SetBlock(int position, string name, Statement[] body, Expression filtered) : Statement(position)
{
    /// <summary>The name, impossible in a template, under which the filters find what the body wrote.</summary>
    public const string Written = "";

    public override void Execute(Scope scope)
    {
        object? value = null;
        scope.Inside(scope.Names, () =>
        {
            scope.Set(Written, scope.Capture(body));
            value = filtered.Evaluate(scope);
        });
        scope.Set(name, value);
    }
}

/// <summary><c>{% for target in items if condition %} ... {% else %}</c>.</summary>
internal sealed class For(
    int position, Target target, Expression items, Expression? condition, Statement[] body, Statement[] otherwise) : Statement(position)
{
    public override void Execute(Scope scope)
    {
        object? value = items.Evaluate(scope);
        scope.Position = items.Position;
        IReadOnlyList<object?> list = PythonSequence.ToList(value);
        if (condition is not null)
            list = Chosen(scope, list);
        if (list.Count == 0)
        {
            foreach (Statement statement in otherwise)
                statement.Execute(scope);
            return;
        }
        scope.Inside(scope.Names, () => Rounds(scope, list));
    }

    private void Rounds(Scope scope, IReadOnlyList<object?> list)
    {
        var loop = new LoopState(list, scope);
        Scope.Frame names = scope.Names!;
        for (int i = 0; i < list.Count; i++)
        {
            scope.Round();
            names.Names.Clear();
            scope.Set("loop", loop);
            loop.Index = i;
            scope.Position = Position;
            target.Assign(scope, list[i]);
            try
            {
                foreach (Statement statement in body)
                    statement.Execute(scope);
            }
            catch (LoopControlException control)
            {
                if (control.Leaves)
                    return;
            }
        }
    }

    private List<object?> Chosen(Scope scope, IReadOnlyList<object?> list)
    {
        var chosen = new List<object?>();
        scope.Inside(scope.Names, () =>
        {
            foreach (object? item in list)
            {
                scope.Round();
                target.Assign(scope, item);
                if (PythonOperators.IsTrue(condition!.Evaluate(scope)))
                    chosen.Add(item);
            }
        });
        return chosen;
    }
}

/// <summary><c>{% break %}</c> and <c>{% continue %}</c>.</summary>
internal sealed class LoopControl(int position, bool leaves) : Statement(position)
{
    public override void Execute(Scope scope) => throw new LoopControlException(leaves);
}

/// <summary>Carries a break or continue to its loop.</summary>
internal sealed class LoopControlException(bool leaves) : Exception
{
    public bool Leaves { get; } = leaves;
}

/// <summary><c>{% macro name(a, b=1) %} ... {% endmacro %}</c>.</summary>
internal sealed class MacroDefinition(
    int position, string name, (string name, Expression? otherwise)[] parameters, Statement[] body) : Statement(position)
{
    public override void Execute(Scope scope) => scope.Set(name, new Macro(this, scope, scope.Names));

    private sealed class Macro(MacroDefinition definition, Scope scope, Scope.Frame? outer) : IJinjaCallable
    {
        public object? Call(IReadOnlyList<object?> arguments, IReadOnlyDictionary<string, object?> named)
        {
            string text = "";
            scope.Round();
            // The macro's own name was set after its frame was taken where that frame did not exist yet.
            scope.Inside(outer ?? scope.Names, () =>
            {
                definition.Bind(scope, arguments, named);
                text = scope.Capture(definition.Body);
            });
            return text;
        }
    }

    private Statement[] Body => body;

    private void Bind(Scope scope, IReadOnlyList<object?> arguments, IReadOnlyDictionary<string, object?> named)
    {
        if (arguments.Count > parameters.Length)
            throw new PythonException($"TypeError: macro '{name}' takes not more than {parameters.Length} argument(s)");
        if (named.Keys.FirstOrDefault(key => parameters.All(p => p.name != key)) is { } unknown)
            throw new PythonException($"TypeError: macro '{name}' takes no keyword argument '{unknown}'");
        for (int i = 0; i < parameters.Length; i++)
        {
            (string parameter, Expression? otherwise) = parameters[i];
            object? value = i < arguments.Count ? arguments[i]
                : named.TryGetValue(parameter, out object? given) ? given
                : otherwise is not null ? otherwise.Evaluate(scope)
                : scope.Undefined($"parameter '{parameter}' was not provided");
            scope.Set(parameter, value);
        }
    }
}
