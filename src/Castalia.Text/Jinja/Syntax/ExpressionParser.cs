using System.Globalization;
using Castalia.Text.Jinja.Builtins;
using Castalia.Text.Jinja.Nodes;
using Castalia.Text.Jinja.Python;

namespace Castalia.Text.Jinja.Syntax;

/// <summary>
/// Reads expressions with Jinja2's precedence, which is not quite Python's: <c>~</c> binds tighter than <c>+</c>, and <c>**</c> goes left to right.
/// </summary>
internal sealed class ExpressionParser(string source, List<Token> tokens)
{
    private const int MaxDepth = 100;

    private int _at;
    private int _depth;

    public Token Current => tokens[_at];

    public Token Ahead => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    public Token Take() => tokens[_at++];

    public bool Takes(string sign)
    {
        if (!Current.Is(sign))
            return false;
        _at++;
        return true;
    }

    public bool TakesName(string name)
    {
        if (!Current.IsName(name))
            return false;
        _at++;
        return true;
    }

    public Token Expect(TokenKind kind, string what) => Current.Kind == kind ? Take() : throw Error($"expected {what}, found {Current}");

    public void Expect(string sign)
    {
        if (!Takes(sign))
            throw Error($"expected '{sign}', found {Current}");
    }

    public JinjaException Error(string problem) => new(problem, source, Current.Position);

    /// <summary>One expression, with or without a condition.</summary>
    public Expression Expression(bool conditional = true)
    {
        if (++_depth > MaxDepth)
            throw Error($"expressions nested more than {MaxDepth} deep");
        Expression value = Or();
        while (conditional && Current.IsName("if"))
        {
            int position = Take().Position;
            Expression condition = Or();
            Expression? otherwise = TakesName("else") ? Expression() : null;
            value = new Conditional(position, condition, value, otherwise);
        }
        _depth--;
        return value;
    }

    /// <summary>One expression, or several with commas between, which are a tuple.</summary>
    public Expression Tuple(bool conditional = true)
    {
        int position = Current.Position;
        Expression first = Expression(conditional);
        if (!Current.Is(","))
            return first;
        var items = new List<Expression> { first };
        while (Takes(","))
        {
            if (Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd || Current.Is(")"))
                break;
            items.Add(Expression(conditional));
        }
        return new ListLiteral(position, [.. items], isTuple: true);
    }

    /// <summary>Filters that follow a value; <paramref name="tests"/> says whether <c>is</c> may follow too.</summary>
    public Expression Filters(Expression value, bool tests = true)
    {
        while (true)
        {
            if (Takes("|"))
                value = FilterOf(value);
            else if (tests && Current.IsName("is"))
                value = TestOf(value);
            else if (tests && Current.Is("("))
                value = new Call(Current.Position, value, Arguments());
            else
                return value;
        }
    }

    /// <summary>The arguments of a call, brackets and all.</summary>
    public Arguments Arguments()
    {
        Expect("(");
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        while (!Takes(")"))
        {
            if (positional.Count + named.Count > 0)
            {
                Expect(",");
                if (Takes(")"))
                    break;
            }
            if (Current.Kind == TokenKind.Name && Ahead.Is("="))
            {
                string name = Take().Value;
                Take();
                named.Add((name, Expression()));
            }
            else if (named.Count > 0)
                throw Error("an argument without a name follows one with a name");
            else
                positional.Add(Expression());
        }
        return new Arguments([.. positional], [.. named]);
    }

    private Expression Or() => Logic("or", () => Logic("and", Not));

    private Expression Logic(string word, Func<Expression> operand)
    {
        Expression left = operand();
        while (Current.IsName(word))
        {
            int position = Take().Position;
            left = new Logical(position, left, operand(), word == "and");
        }
        return left;
    }

    private Expression Not()
    {
        int nots = 0, position = Current.Position;
        while (TakesName("not"))
            nots++;
        Expression value = Comparison();
        for (; nots > 0; nots--)
            value = new Not(position, value);
        return value;
    }

    private Expression Comparison()
    {
        int position = Current.Position;
        Expression first = Sum();
        var rest = new List<(Func<object?, object?, bool>, Expression)>();
        while (ComparisonSign() is { } holds)
            rest.Add((holds, Sum()));
        return rest.Count == 0 ? first : new Comparison(position, first, [.. rest]);
    }

    private Func<object?, object?, bool>? ComparisonSign()
    {
        if (Current.IsName("in"))
        {
            Take();
            return (a, b) => PythonOperators.Contains(b, a);
        }
        if (Current.IsName("not") && Ahead.IsName("in"))
        {
            _at += 2;
            return (a, b) => !PythonOperators.Contains(b, a);
        }
        Func<object?, object?, bool>? holds = Current.Kind != TokenKind.Sign ? null : Current.Value switch
        {
            "==" => PythonOperators.AreEqual,
            "!=" => (a, b) => !PythonOperators.AreEqual(a, b),
            "<" => (a, b) => PythonOperators.Compare(a, b) < 0,
            "<=" => (a, b) => PythonOperators.Compare(a, b) <= 0,
            ">" => (a, b) => PythonOperators.Compare(a, b) > 0,
            ">=" => (a, b) => PythonOperators.Compare(a, b) >= 0,
            _ => null,
        };
        if (holds is not null)
            Take();
        return holds;
    }

    private Expression Sum() => Chain(Concatenation, sign => sign switch
    {
        "+" => PythonOperators.Add,
        "-" => PythonOperators.Subtract,
        _ => null,
    });

    private Expression Concatenation()
    {
        int position = Current.Position;
        Expression first = Product();
        if (!Current.Is("~"))
            return first;
        var parts = new List<Expression> { first };
        while (Takes("~"))
            parts.Add(Product());
        return new Concatenation(position, [.. parts]);
    }

    private Expression Product() => Chain(Power, sign => sign switch
    {
        "*" => PythonOperators.Multiply,
        "/" => PythonOperators.Divide,
        "//" => PythonOperators.FloorDivide,
        "%" => PythonOperators.Modulo,
        _ => null,
    });

    private Expression Power() => Chain(() => Unary(), sign => sign == "**" ? PythonOperators.Power : null);

    private Expression Chain(Func<Expression> operand, Func<string, Func<object?, object?, object?>?> operation)
    {
        Expression left = operand();
        while (Current.Kind == TokenKind.Sign && operation(Current.Value) is { } apply)
        {
            int position = Take().Position;
            left = new Binary(position, left, operand(), apply);
        }
        return left;
    }

    private Expression Unary(bool filters = true)
    {
        if (++_depth > MaxDepth)
            throw Error($"expressions nested more than {MaxDepth} deep");
        int position = Current.Position;
        Expression value = Takes("-") ? new Unary(position, Unary(filters: false), PythonOperators.Negate)
            : Takes("+") ? Unary(filters: false)
            : Primary();
        _depth--;
        value = Postfix(value);
        return filters ? Filters(value) : value;
    }

    private Expression Primary()
    {
        Token token = Take();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return token.Value switch
                {
                    "true" or "True" => new Constant(token.Position, true),
                    "false" or "False" => new Constant(token.Position, false),
                    "none" or "None" => new Constant(token.Position, null),
                    _ => new Name(token.Position, token.Value),
                };
            case TokenKind.String:
                string text = token.Value;
                while (Current.Kind == TokenKind.String)
                    text += Take().Value;
                return new Constant(token.Position, text);
            case TokenKind.Integer: return new Constant(token.Position, long.Parse(token.Value, CultureInfo.InvariantCulture));
            case TokenKind.Float: return new Constant(token.Position, double.Parse(token.Value, CultureInfo.InvariantCulture));
            case TokenKind.Sign when token.Value == "(":
                if (Takes(")"))
                    return new ListLiteral(token.Position, [], isTuple: true);
                Expression inside = Tuple();
                Expect(")");
                return inside;
            case TokenKind.Sign when token.Value == "[":
                var items = new List<Expression>();
                while (!Takes("]"))
                {
                    if (items.Count > 0)
                        Expect(",");
                    if (Takes("]"))
                        break;
                    items.Add(Expression());
                }
                return new ListLiteral(token.Position, [.. items], isTuple: false);
            case TokenKind.Sign when token.Value == "{": return Dict(token.Position);
            default:
                _at--;
                throw Error($"expected a value, found {token}");
        }
    }

    private DictLiteral Dict(int position)
    {
        var entries = new List<(Expression, Expression)>();
        while (!Takes("}"))
        {
            if (entries.Count > 0)
                Expect(",");
            if (Takes("}"))
                break;
            Expression key = Expression();
            Expect(":");
            entries.Add((key, Expression()));
        }
        return new DictLiteral(position, [.. entries]);
    }

    private Expression Postfix(Expression value)
    {
        while (true)
        {
            int position = Current.Position;
            if (Takes("."))
            {
                Token name = Take();
                value = name.Kind switch
                {
                    TokenKind.Name => new Member(position, value, name.Value),
                    TokenKind.Integer => new Item(position, value, new Constant(name.Position, long.Parse(name.Value, CultureInfo.InvariantCulture))),
                    _ => throw Error("expected a name after '.'"),
                };
            }
            else if (Takes("["))
                value = Subscript(value, position);
            else if (Current.Is("("))
                value = new Call(position, value, Arguments());
            else
                return value;
        }
    }

    private Expression Subscript(Expression target, int position)
    {
        var bounds = new Expression?[3];
        int part = 0;
        for (; !Takes("]");)
        {
            if (Takes(":"))
            {
                if (++part > 2)
                    throw Error("a slice has at most three parts");
            }
            else if (bounds[part] is not null)
                throw Error($"expected ']', found {Current}");
            else
                bounds[part] = Expression();
        }
        if (part > 0)
            return new Slice(position, target, bounds[0], bounds[1], bounds[2]);
        return new Item(position, target, bounds[0] ?? throw Error("expected a subscript between the brackets"));
    }

    private Filter FilterOf(Expression value)
    {
        Token name = Expect(TokenKind.Name, "a filter's name");
        if (!Builtins.Filters.All.TryGetValue(name.Value, out FilterFunction? function))
            throw Unknown("filter", name, Builtins.Filters.All.Keys);
        return new Filter(name.Position, value, function, Current.Is("(") ? Arguments() : Nodes.Arguments.None);
    }

    private Expression TestOf(Expression value)
    {
        int position = Take().Position;
        bool negated = TakesName("not");
        Token name = Expect(TokenKind.Name, "a test's name");
        if (!Tests.All.TryGetValue(name.Value, out TestFunction? function))
            throw Unknown("test", name, Tests.All.Keys);
        Arguments arguments = Nodes.Arguments.None;
        if (Current.Is("("))
            arguments = Arguments();
        else if (Current.Kind is TokenKind.String or TokenKind.Integer or TokenKind.Float || Current.Is("[") || Current.Is("{")
            || (Current.Kind == TokenKind.Name && Current.Value is not ("else" or "or" or "and" or "is" or "if" or "in" or "not")))
            arguments = new Arguments([Postfix(Primary())], []);
        Expression test = new Test(position, value, function, arguments);
        return negated ? new Not(position, test) : test;
    }

    private JinjaException Unknown(string kind, Token name, IEnumerable<string> known) =>
        new($"no {kind} is named '{name.Value}'; known: {string.Join(", ", known.Order(StringComparer.Ordinal))}", source, name.Position);
}
