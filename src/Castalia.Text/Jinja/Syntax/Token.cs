namespace Castalia.Text.Jinja.Syntax;

/// <summary>What a token is.</summary>
internal enum TokenKind
{
    Text,
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name,
    String,
    Integer,
    Float,
    Sign,
    End,
}

/// <summary>One piece of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Value">Its text; of a string, what the literal stands for.</param>
/// <param name="Position">Index of its first character in the template.</param>
internal readonly record struct Token(TokenKind Kind, string Value, int Position)
{
    public bool Is(string sign) => Kind == TokenKind.Sign && Value == sign;

    public bool IsName(string name) => Kind == TokenKind.Name && Value == name;

    public override string ToString() => Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.VariableEnd => "'}}'",
        TokenKind.BlockEnd => "'%}'",
        _ => $"'{Value}'",
    };
}
