using System.Globalization;
using Castalia.Text.Jinja.Python;

namespace Castalia.Text.Jinja.Syntax;

/// <summary>Cuts a template into text and the tokens of its blocks, and settles white space around them as Jinja2 does.</summary>
internal sealed class Lexer(string source, JinjaOptions options)
{
    private static readonly string[] Signs = ["//", "**", "==", "!=", ">=", "<=", .. "+-/*%~[](){}<>=.:|,;".Select(c => c.ToString())];

    private readonly List<Token> _tokens = [];
    private int _at;

    // What the end of the block before asks of the text that follows.
    private bool _stripNext;
    private bool _dropNewline;

    public List<Token> Read()
    {
        while (_at < source.Length)
        {
            int open = NextOpening(_at);
            if (open < 0)
            {
                AddText(_at, source.Length, opening: '\0', control: '\0');
                _at = source.Length;
                break;
            }
            char kind = source[open + 1];
            char control = open + 2 < source.Length && source[open + 2] is '-' or '+' ? source[open + 2] : '\0';
            AddText(_at, open, kind, control);
            _at = open + (control == '\0' ? 2 : 3);
            if (kind == '#')
                Comment(open);
            else if (kind != '%' || !Raw(open))
                Tokens(open, kind == '{' ? "}}" : "%}");
        }
        _tokens.Add(new Token(TokenKind.End, "", source.Length));
        return _tokens;
    }

    private int NextOpening(int from)
    {
        for (int i = source.IndexOf('{', from); i >= 0 && i + 1 < source.Length; i = source.IndexOf('{', i + 1))
        {
            if (source[i + 1] is '{' or '%' or '#')
                return i;
        }
        return -1;
    }

    private void AddText(int start, int end, char opening, char control)
    {
        bool atStart = start == 0;
        string text = source[start..end].Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (end == source.Length && opening == '\0' && !options.KeepTrailingNewline && text.EndsWith('\n'))
            text = text[..^1];
        if (_stripNext)
            text = PythonString.LeftStrip(text);
        else if (_dropNewline && text.StartsWith('\n'))
            text = text[1..];
        bool afterBreak = _stripNext || _dropNewline;
        (_stripNext, _dropNewline) = (false, false);
        if (control == '-')
            text = PythonString.RightStrip(text);
        else if (options.LeftStripBlocks && control != '+' && opening is '%' or '#')
        {
            int lineStart = text.LastIndexOf('\n') + 1;
            bool startsLine = lineStart > 0 || atStart || afterBreak;
            if (startsLine && text.AsSpan(lineStart).Trim(" \t").IsEmpty)
                text = text[..lineStart];
        }
        if (text.Length > 0)
            _tokens.Add(new Token(TokenKind.Text, text, start));
    }

    private void Comment(int open)
    {
        int close = source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (close < 0)
            throw new JinjaException("the comment is never closed with '#}'", source, open);
        _stripNext = source[close - 1] == '-' && close - 1 >= _at;
        _dropNewline = options.TrimBlocks && source[close - 1] != '+';
        _at = close + 2;
    }

    /// <summary>Takes a raw block as text, if one begins here.</summary>
    private bool Raw(int open)
    {
        int at = SkipSpace(_at);
        if (string.CompareOrdinal(source, at, "raw", 0, 3) != 0)
            return false;
        at = SkipSpace(at + 3);
        bool strip = at < source.Length && source[at] == '-';
        if (string.CompareOrdinal(source, strip ? at + 1 : at, "%}", 0, 2) != 0)
            return false;
        int inside = (strip ? at + 1 : at) + 2;
        _stripNext = strip;
        _dropNewline = options.TrimBlocks;
        for (int end = source.IndexOf("{%", inside, StringComparison.Ordinal); end >= 0; end = source.IndexOf("{%", end + 2, StringComparison.Ordinal))
        {
            char control = end + 2 < source.Length && source[end + 2] is '-' or '+' ? source[end + 2] : '\0';
            int name = SkipSpace(end + (control == '\0' ? 2 : 3));
            if (string.CompareOrdinal(source, name, "endraw", 0, 6) != 0)
                continue;
            int close = SkipSpace(name + 6);
            bool stripAfter = close < source.Length && source[close] == '-';
            if (stripAfter)
                close++;
            if (string.CompareOrdinal(source, close, "%}", 0, 2) != 0)
                continue;
            AddText(inside, end, '%', control);
            (_stripNext, _dropNewline, _at) = (stripAfter, options.TrimBlocks, close + 2);
            return true;
        }
        throw new JinjaException("the raw block is never closed with '{% endraw %}'", source, open);
    }

    private void Tokens(int open, string end)
    {
        bool block = end == "%}";
        _tokens.Add(new Token(block ? TokenKind.BlockBegin : TokenKind.VariableBegin, source.Substring(open, 2), open));
        int depth = 0;
        while (true)
        {
            _at = SkipSpace(_at);
            if (_at >= source.Length)
                throw new JinjaException($"what begins with '{source.AsSpan(open, 2)}' is never closed with '{end}'", source, open);
            char control = source[_at] is '-' or '+' ? source[_at] : '\0';
            if (depth == 0 && string.CompareOrdinal(source, control == '\0' ? _at : _at + 1, end, 0, 2) == 0)
            {
                _tokens.Add(new Token(block ? TokenKind.BlockEnd : TokenKind.VariableEnd, end, _at));
                _stripNext = control == '-';
                _dropNewline = block && options.TrimBlocks && control != '+';
                _at += control == '\0' ? 2 : 3;
                return;
            }
            Token token = Next();
            depth += token.Is("(") || token.Is("[") || token.Is("{") ? 1 : token.Is(")") || token.Is("]") || token.Is("}") ? -1 : 0;
            _tokens.Add(token);
        }
    }

    private Token Next()
    {
        int start = _at;
        char c = source[_at];
        if (c is '\'' or '"')
            return String(c);
        if (char.IsAsciiDigit(c))
            return Number();
        if (char.IsLetter(c) || c == '_')
        {
            while (_at < source.Length && (char.IsLetterOrDigit(source[_at]) || source[_at] == '_'))
                _at++;
            return new Token(TokenKind.Name, source[start.._at], start);
        }
        foreach (string sign in Signs)
        {
            if (string.CompareOrdinal(source, _at, sign, 0, sign.Length) != 0)
                continue;
            _at += sign.Length;
            return new Token(TokenKind.Sign, sign, start);
        }
        throw new JinjaException($"unexpected character '{c}'", source, _at);
    }

    private Token String(char quote)
    {
        int start = _at++;
        while (_at < source.Length && source[_at] != quote)
            _at += source[_at] == '\\' ? 2 : 1;
        if (_at >= source.Length)
            throw new JinjaException("the string is never closed", source, start);
        _at++;
        try
        {
            string inside = PythonLiteral.Unescape(source.AsSpan(start + 1, _at - start - 2));
            return new Token(TokenKind.String, inside.Replace("\r\n", "\n", StringComparison.Ordinal), start);
        }
        catch (PythonException error)
        {
            throw new JinjaException(error.Message, source, start, error);
        }
    }

    private Token Number()
    {
        int start = _at;
        Digits();
        bool real = false;
        if (_at + 1 < source.Length && source[_at] == '.' && char.IsAsciiDigit(source[_at + 1]))
        {
            real = true;
            _at++;
            Digits();
        }
        int exponent = _at + 1 < source.Length && source[_at + 1] is '+' or '-' ? _at + 2 : _at + 1;
        if (exponent < source.Length && source[_at] is 'e' or 'E' && char.IsAsciiDigit(source[exponent]))
        {
            real = true;
            _at = exponent;
            Digits();
        }
        string number = source[start.._at].Replace("_", "", StringComparison.Ordinal);
        if (!real && !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            throw new JinjaException($"the number {number} is beyond 64 bits", source, start);
        return new Token(real ? TokenKind.Float : TokenKind.Integer, number, start);
    }

    private void Digits()
    {
        while (_at < source.Length && (char.IsAsciiDigit(source[_at]) || source[_at] == '_'))
            _at++;
    }

    private int SkipSpace(int at)
    {
        while (at < source.Length && PythonString.IsSpace(source[at]))
            at++;
        return at;
    }
}
