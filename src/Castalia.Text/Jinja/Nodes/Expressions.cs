using Castalia.Text.Jinja.Builtins;
using Castalia.Text.Jinja.Python;

namespace Castalia.Text.Jinja.Nodes;

/// <summary>Something that has a value.</summary>
internal abstract class Expression(int position)
{
    public int Position { get; } = position;

    public abstract object? Evaluate(Scope scope);

    protected bool IsTrue(Scope scope, object? value)
    {
        scope.Position = Position;
        return PythonOperators.IsTrue(value);
    }
}

/// <summary>A value that stands in the template.</summary>
internal sealed class Constant(int position, object? value) : Expression(position)
{
    public object? Value { get; } = value;

    public override object? Evaluate(Scope scope) => Value;
}

/// <summary>A name.</summary>
internal sealed class Name(int position, string value) : Expression(position)
{
    public string Value { get; } = value;

    public override object? Evaluate(Scope scope) => scope.Get(Value);
}

/// <summary><c>[a, b]</c> and <c>(a, b)</c>.</summary>
internal sealed class ListLiteral(int position, Expression[] items, bool isTuple) : Expression(position)
{
    public override object? Evaluate(Scope scope)
    {
        var values = new object?[items.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = items[i].Evaluate(scope);
        return isTuple ? new PythonTuple(values) : new List<object?>(values);
    }
}

/// <summary><c>{key: value}</c>.</summary>
internal sealed class DictLiteral(int position, (Expression key, Expression value)[] entries) : Expression(position)
{
    public override object? Evaluate(Scope scope)
    {
        var dictionary = new PythonDictionary();
        foreach ((Expression key, Expression value) in entries)
        {
            object? name = key.Evaluate(scope);
            scope.Position = key.Position;
            dictionary.Set(name, value.Evaluate(scope));
        }
        return dictionary;
    }
}

/// <summary><c>a if condition else b</c>.</summary>
internal sealed class Conditional(int position, Expression condition, Expression then, Expression? otherwise) : Expression(position)
{
    public override object? Evaluate(Scope scope)
    {
        if (IsTrue(scope, condition.Evaluate(scope)))
            return then.Evaluate(scope);
        // Without an else the value is nothing at all, even where the options are strict: so it is in Jinja2.
        return otherwise is not null ? otherwise.Evaluate(scope) : new JinjaUndefined("the condition is false and there is no else", strict: false);
    }
}

/// <summary><c>a and b</c>, <c>a or b</c>: one of the two values, as in Python.</summary>
internal sealed class Logical(int position, Expression left, Expression right, bool isAnd) : Expression(position)
{
    public override object? Evaluate(Scope scope)
    {
        object? first = left.Evaluate(scope);
        return IsTrue(scope, first) == isAnd ? right.Evaluate(scope) : first;
    }
}

/// <summary><c>not a</c>.</summary>
internal sealed class Not(int position, Expression operand) : Expression(position)
{
    public override object? Evaluate(Scope scope) => !IsTrue(scope, operand.Evaluate(scope));
}

/// <summary>An operator on one value.</summary>
internal sealed class Unary(int position, Expression operand, Func<object?, object?> operation) : Expression(position)
{
    public override object? Evaluate(Scope scope)
    {
        object? value = operand.Evaluate(scope);
        scope.Position = Position;
        return operation(value);
    }
}

/// <summary>An operator on two values.</summary>
internal sealed class Binary(int position, Expression left, Expression right, Func<object?, object?, object?> operation) : Expression(position)
{
    public override object? Evaluate(Scope scope)
    {
        object? a = left.Evaluate(scope);
        object? b = right.Evaluate(scope);
        scope.Position = Position;
        return operation(a, b);
    }
}

/// <summary><c>a &lt; b &lt;= c</c>: every neighbouring pair must hold.</summary>
internal sealed class Comparison(int position, Expression first, (Func<object?, object?, bool> holds, Expression right)[] rest) : Expression(position)
{
    public override object? Evaluate(Scope scope)
    {
        object? left = first.Evaluate(scope);
        foreach ((Func<object?, object?, bool> holds, Expression next) in rest)
        {
            object? right = next.Evaluate(scope);
            scope.Position = Position;
            if (!holds(left, right))
                return false;
            left = right;
        }
        return true;
    }
}

/// <summary><c>a ~ b ~ c</c>: their texts together.</summary>
internal sealed class Concatenation(int position, Expression[] parts) : Expression(position)
{
    public override object? Evaluate(Scope scope)
    {
        var texts = new string[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            object? value = parts[i].Evaluate(scope);
            scope.Position = parts[i].Position;
            texts[i] = PythonText.Str(value);
        }
        return string.Concat(texts);
    }
}

/// <summary><c>value | name(arguments)</c>.</summary>
internal sealed class Filter(int position, Expression value, FilterFunction function, Arguments arguments) : Expression(position)
{
    public override object? Evaluate(Scope scope)
    {
        object? input = value.Evaluate(scope);
        BuiltinCall call = arguments.Evaluate(scope);
        scope.Position = Position;
        scope.Round();
        return function(input, call);
    }
}

/// <summary><c>value is name(arguments)</c>.</summary>
internal sealed class Test(int position, Expression value, TestFunction function, Arguments arguments) : Expression(position)
{
    public override object? Evaluate(Scope scope)
    {
        object? input = value.Evaluate(scope);
        BuiltinCall call = arguments.Evaluate(scope);
        scope.Position = Position;
        return function(input, call);
    }
}
