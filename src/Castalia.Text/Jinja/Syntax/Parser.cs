using Castalia.Text.Jinja.Nodes;

namespace Castalia.Text.Jinja.Syntax;

/// <summary>Reads a template's statements.</summary>
internal sealed class Parser(string source, List<Token> tokens)
{
    private const int MaxDepth = 100;

    private readonly ExpressionParser _reader = new(source, tokens);
    private int _depth;
    private int _loops;

    public Statement[] Template()
    {
        Statement[] body = Body();
        return _reader.Current.Kind == TokenKind.End ? body
            : throw _reader.Error($"'{_reader.Ahead.Value}' closes nothing that is open");
    }

    /// <summary>Statements up to a block that opens with one of the names, which is left unread; all of them if none is given.</summary>
    private Statement[] Body(params string[] ends)
    {
        if (++_depth > MaxDepth)
            throw _reader.Error($"blocks nested more than {MaxDepth} deep");
        var body = new List<Statement>();
        while (true)
        {
            Token token = _reader.Current;
            if (token.Kind == TokenKind.Text)
                body.Add(new TemplateText(token.Position, _reader.Take().Value));
            else if (token.Kind == TokenKind.VariableBegin)
            {
                _reader.Take();
                body.Add(new Output(token.Position, _reader.Tuple()));
                _reader.Expect(TokenKind.VariableEnd, "'}}'");
            }
            else if (token.Kind == TokenKind.BlockBegin && !IsEnd(_reader.Ahead, ends))
            {
                _reader.Take();
                body.Add(Statement(token.Position));
            }
            else
            {
                if (token.Kind == TokenKind.End && ends.Length > 0)
                    throw _reader.Error($"the block is never closed: expected '{{% {ends[^1]} %}}'");
                _depth--;
                return [.. body];
            }
        }
    }

    // A name that closes some block ends the body in any case; the caller says whether it was the right one.
    private static bool IsEnd(Token name, string[] ends) => name.Kind == TokenKind.Name
        && (ends.Contains(name.Value) || name.Value is "elif" or "else" || name.Value.StartsWith("end", StringComparison.Ordinal));

    private Statement Statement(int position)
    {
        Token name = _reader.Expect(TokenKind.Name, "a statement");
        return name.Value switch
        {
            "if" => If(position),
            "for" => For(position),
            "set" => Set(position),
            "macro" => Macro(position),
            "break" or "continue" => Control(position, name),
            "generation" => Generation(position),
            _ => throw new JinjaException($"no statement is named '{name.Value}'; known: if, for, set, macro, break, continue, generation, raw", source, name.Position),
        };
    }

    private If If(int position)
    {
        var branches = new List<(Expression, Statement[])>();
        do
        {
            Expression condition = _reader.Tuple(conditional: false);
            Close();
            branches.Add((condition, Body("elif", "else", "endif")));
        }
        while (Opens("elif"));
        Statement[] otherwise = [];
        if (Opens("else"))
        {
            Close();
            otherwise = Body("endif");
        }
        End("endif");
        return new If(position, [.. branches], otherwise);
    }

    private For For(int position)
    {
        Target target = Target();
        if (!_reader.TakesName("in"))
            throw _reader.Error($"expected 'in', found {_reader.Current}");
        Expression items = _reader.Tuple(conditional: false);
        Expression? condition = _reader.TakesName("if") ? _reader.Expression() : null;
        if (_reader.Current.IsName("recursive"))
            throw _reader.Error("recursive loops are not supported");
        Close();
        _loops++;
        Statement[] body = Body("else", "endfor");
        _loops--;
        Statement[] otherwise = [];
        if (Opens("else"))
        {
            Close();
            otherwise = Body("endfor");
        }
        End("endfor");
        return new For(position, target, items, condition, body, otherwise);
    }

    private Statement Set(int position)
    {
        Token first = _reader.Current;
        Target target = Target(members: true);
        if (_reader.Takes("="))
        {
            Expression value = _reader.Tuple();
            Close();
            return new Set(position, target, value);
        }
        if (target is not NameTarget)
            throw _reader.Error($"expected '=', found {_reader.Current}");
        Expression filtered = _reader.Filters(new Name(position, SetBlock.Written), tests: false);
        Close();
        Statement[] body = Body("endset");
        End("endset");
        return new SetBlock(position, first.Value, body, filtered);
    }

    private MacroDefinition Macro(int position)
    {
        string name = _reader.Expect(TokenKind.Name, "the macro's name").Value;
        var parameters = new List<(string, Expression?)>();
        _reader.Expect("(");
        while (!_reader.Takes(")"))
        {
            if (parameters.Count > 0)
                _reader.Expect(",");
            string parameter = _reader.Expect(TokenKind.Name, "a parameter's name").Value;
            parameters.Add((parameter, _reader.Takes("=") ? _reader.Expression() : null));
        }
        Close();
        int loops = _loops;
        _loops = 0;
        Statement[] body = Body("endmacro");
        _loops = loops;
        End("endmacro");
        return new MacroDefinition(position, name, [.. parameters], body);
    }

    private LoopControl Control(int position, Token name)
    {
        if (_loops == 0)
            throw new JinjaException($"'{name.Value}' stands outside any loop", source, name.Position);
        Close();
        return new LoopControl(position, name.Value == "break");
    }

    /// <summary>What chat templates put around the assistant's words, for training to find them. It changes nothing of the text.</summary>
    private Generation Generation(int position)
    {
        Close();
        Statement[] body = Body("endgeneration");
        End("endgeneration");
        return new Generation(position, body);
    }

    private Target Target(bool members = false)
    {
        var targets = new List<Target> { One(members) };
        bool several = false;
        while (_reader.Takes(","))
        {
            several = true;
            targets.Add(One(members));
        }
        return several ? new TupleTarget([.. targets]) : targets[0];
    }

    private Target One(bool members)
    {
        if (_reader.Takes("("))
        {
            Target inside = Target(members);
            _reader.Expect(")");
            return inside;
        }
        string name = _reader.Expect(TokenKind.Name, "a name to assign to").Value;
        return members && _reader.Takes(".")
            ? new MemberTarget(name, _reader.Expect(TokenKind.Name, "a namespace's member").Value)
            : new NameTarget(name);
    }

    private void Close() => _reader.Expect(TokenKind.BlockEnd, "'%}'");

    /// <summary>Takes the opening of a block of this name, if it comes next.</summary>
    private bool Opens(string name)
    {
        if (_reader.Current.Kind != TokenKind.BlockBegin || !_reader.Ahead.IsName(name))
            return false;
        _reader.Take();
        _reader.Take();
        return true;
    }

    private void End(string name)
    {
        if (!Opens(name))
            throw _reader.Error($"expected '{{% {name} %}}', found {_reader.Ahead}");
        _reader.TakesName(_reader.Current.Value); // a name may repeat behind its end
        Close();
    }
}
