using Castalia.Text.Jinja.Builtins;
using Castalia.Text.Jinja.Python;

namespace Castalia.Text.Jinja.Nodes;

/// <summary>The arguments of a call as they stand in the template.</summary>
internal sealed class Arguments(Expression[] positional, (string name, Expression value)[] named)
{
    public static Arguments None { get; } = new([], []);

    public BuiltinCall Evaluate(Scope scope)
    {
        if (positional.Length == 0 && named.Length == 0)
            return new BuiltinCall(scope, [], BuiltinCall.NoNames);
        var values = new object?[positional.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = positional[i].Evaluate(scope);
        if (named.Length == 0)
            return new BuiltinCall(scope, values, BuiltinCall.NoNames);
        var names = new OrderedDictionary<string, object?>(named.Length, StringComparer.Ordinal);
        foreach ((string name, Expression value) in named)
            names[name] = value.Evaluate(scope);
        return new BuiltinCall(scope, values, names);
    }
}

/// <summary><c>value.name</c>: a method where there is one, else the mapping's key.</summary>
internal sealed class Member(int position, Expression target, string name) : Expression(position)
{
    public Expression Target { get; } = target;

    public string Name { get; } = name;

    public override object? Evaluate(Scope scope) => Of(scope, Target.Evaluate(scope), Name, Position);

    public static object? Of(Scope scope, object? value, string name, int position)
    {
        scope.Position = position;
        switch (value)
        {
            case JinjaUndefined undefined: throw undefined.Error;
            case LoopState loop: return loop.Get(name);
            case JinjaNamespace space:
                return space.Members.TryGetValue(name, out object? member) ? member : scope.Undefined($"the namespace has no attribute '{name}'");
        }
        if (Methods.Has(value, name))
            return new JinjaFunction((arguments, named) => Methods.Call(value, name, new BuiltinCall(scope, arguments, named)));
        if (PythonMapping.Is(value) && PythonMapping.TryGet(value!, name, out object? entry))
            return entry;
        return scope.Undefined($"'{PythonOperators.TypeName(value)} object' has no attribute '{name}'");
    }
}

/// <summary><c>value[key]</c>.</summary>
internal sealed class Item(int position, Expression target, Expression key) : Expression(position)
{
    public override object? Evaluate(Scope scope)
    {
        object? value = target.Evaluate(scope);
        object? index = key.Evaluate(scope);
        scope.Position = Position;
        switch (value, index)
        {
            case (JinjaUndefined undefined, _): throw undefined.Error;
            case (_, JinjaUndefined undefined): throw undefined.Error;
            case (string or IReadOnlyList<object?>, long or bool):
                return PythonSequence.TryIndex(value, PythonOperators.ToInteger(index), out object? member) ? member
                    : scope.Undefined($"{PythonOperators.TypeName(value)} object has no element {PythonText.Str(index)}");
        }
        if (PythonMapping.Is(value) && PythonMapping.TryGet(value!, index, out object? entry))
            return entry;
        return index is string name ? Member.Of(scope, value, name, Position)
            : scope.Undefined($"{PythonOperators.TypeName(value)} object has no element {PythonText.Repr(index)}");
    }
}

/// <summary><c>value[start:stop:step]</c>.</summary>
internal sealed class Slice(int position, Expression target, Expression? start, Expression? stop, Expression? step) : Expression(position)
{
    public override object? Evaluate(Scope scope)
    {
        object? value = target.Evaluate(scope);
        (long? from, long? to, long? by) = (Bound(scope, start), Bound(scope, stop), Bound(scope, step));
        scope.Position = Position;
        return PythonSequence.Slice(value, from, to, by);
    }

    private static long? Bound(Scope scope, Expression? bound)
    {
        object? value = bound?.Evaluate(scope);
        scope.Position = bound?.Position ?? scope.Position;
        return value switch
        {
            null => null,
            long or bool => PythonOperators.ToInteger(value),
            JinjaUndefined undefined => throw undefined.Error,
            _ => throw new PythonException("TypeError: slice indices must be integers or None"),
        };
    }
}

/// <summary><c>target(arguments)</c>.</summary>
internal sealed class Call(int position, Expression target, Arguments arguments) : Expression(position)
{
    public override object? Evaluate(Scope scope)
    {
        if (target is Member { Name: var name } member)
        {
            // The common case, x.strip(), needs no bound method in between.
            object? value = member.Target.Evaluate(scope);
            if (value is LoopState loop && name == "cycle")
                return loop.Cycle(arguments.Evaluate(scope).Positional);
            if (Methods.Has(value, name))
            {
                BuiltinCall call = arguments.Evaluate(scope);
                scope.Position = Position;
                scope.Round();
                return Methods.Call(value, name, call);
            }
            return Invoke(scope, Member.Of(scope, value, name, member.Position), name);
        }
        return Invoke(scope, target.Evaluate(scope), target is Name { Value: var global } ? global : "value");
    }

    private object? Invoke(Scope scope, object? callee, string name)
    {
        scope.Position = Position;
        if (callee is JinjaUndefined undefined)
            throw undefined.Error;
        if (callee is not IJinjaCallable callable)
            throw new PythonException($"TypeError: '{PythonOperators.TypeName(callee)}' object '{name}' is not callable");
        BuiltinCall call = arguments.Evaluate(scope);
        scope.Position = Position;
        scope.Round();
        return callable.Call(call.Positional, call.Named);
    }
}
