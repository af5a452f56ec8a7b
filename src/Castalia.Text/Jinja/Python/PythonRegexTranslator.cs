using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Castalia.Text.Jinja.Python;

/// <summary>Rewrites one pattern of Python's <c>re</c> in .NET's notation, as Python 3.11 reads it.</summary>
internal sealed class PythonRegexTranslator
{
    private const string Pair = @"[\ud800-\udbff][\udc00-\udfff]";

    private readonly string _pattern;
    private readonly TextKind _kind;
    private readonly bool _numbered;
    private readonly StringBuilder _output = new();
    private readonly Stack<(int start, RegexFlags flags, string close)> _open = new();
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private RegexFlags _flags;
    private int _at;

    // Where in the output the last thing that can be repeated starts; below zero if there is none.
    private int _atom = -1;

    /// <exception cref="PythonException">It is no pattern of Python's.</exception>
    public PythonRegexTranslator(string pattern, TextKind kind)
    {
        _pattern = pattern;
        _kind = kind;
        // .NET numbers named groups after the others, Python in their order: where there are names all groups get explicit numbers.
        _numbered = pattern.Contains("(?P<", StringComparison.Ordinal);
        while (_at < pattern.Length)
            Next();
        if (_open.Count > 0)
            throw Error("missing ), unterminated subpattern");
        Translated = _output.ToString();
    }

    public string Translated { get; }

    public int Groups { get; private set; }

    public IReadOnlyDictionary<string, int> Names => _names;

    private void Next()
    {
        char c = _pattern[_at++];
        switch (c)
        {
            case '\\': Escape(); break;
            case '[': Class(); break;
            case '(': Open(); break;
            case ')': Close(); break;
            case '*' or '+' or '?' or '{': Quantifier(c); break;
            case '|': Fixed("|"); break;
            case '^': Fixed("^"); break;
            case '$': Fixed(_flags.HasFlag(RegexFlags.Multiline) ? @"(?=\n|\z)" : @"(?=\n?\z)"); break;
            case '.': Atom(_kind == TextKind.Any ? $"(?>{Pair}|.)" : "."); break;
            case '#' when _flags.HasFlag(RegexFlags.Verbose):
                int end = _pattern.IndexOf('\n', _at);
                _at = end < 0 ? _pattern.Length : end + 1;
                break;
            case ' ' or '\t' or '\n' or '\r' or '\v' or '\f' when _flags.HasFlag(RegexFlags.Verbose): break;
            default: _at--; Literal(CodePoint()); break;
        }
    }

    private void Escape()
    {
        if (_at == _pattern.Length)
            throw Error("bad escape (end of pattern)");
        char c = _pattern[_at];
        bool ascii = _flags.HasFlag(RegexFlags.Ascii);
        if (c is >= '1' and <= '9' && !IsOctal())
        {
            int digits = _at + 1 < _pattern.Length && char.IsAsciiDigit(_pattern[_at + 1]) ? 2 : 1;
            int group = int.Parse(_pattern.AsSpan(_at, digits), NumberStyles.None, CultureInfo.InvariantCulture);
            if (group > Groups)
                throw Error($"invalid group reference {group}");
            _at += digits;
            Atom($"\\k<{group}>");
            return;
        }
        switch (c)
        {
            case 'A': _at++; Fixed(@"\A"); break;
            case 'Z': _at++; Fixed(@"\z"); break;
            case 'b' or 'B': _at++; Fixed(Boundary(c == 'b', ascii)); break;
            case 'd' or 's' or 'w': _at++; Atom($"[{RegexSets.Of(c, _kind, ascii)}]"); break;
            case 'D' or 'S' or 'W': _at++; Atom(Outside(RegexSets.Of(char.ToLowerInvariant(c), _kind, ascii))); break;
            default: Literal(EscapedCharacter(inClass: false)); break;
        }
    }

    private string Boundary(bool isBoundary, bool ascii)
    {
        if (_kind == TextKind.Ascii)
            return isBoundary ? @"\b" : @"\B";
        string word = $"[{RegexSets.Of('w', _kind, ascii)}]";
        return isBoundary ? $"(?:(?<={word})(?!{word})|(?<!{word})(?={word}))" : $"(?:(?<={word})(?={word})|(?<!{word})(?!{word}))";
    }

    /// <summary>One character that is not of the set; a pair of surrogates is one character.</summary>
    private string Outside(string set) => _kind == TextKind.Any ? $"(?>{Pair}|[^{set}])" : $"[^{set}]";

    private bool IsOctal() => _at + 2 < _pattern.Length
        && _pattern.AsSpan(_at, 3).IndexOfAnyExceptInRange('0', '7') < 0;

    /// <summary>Reads an escape that stands for one character.</summary>
    private int EscapedCharacter(bool inClass)
    {
        char c = _pattern[_at];
        if (c is >= '0' and <= '7' && (c == '0' || inClass || IsOctal()))
        {
            int length = 1;
            while (length < 3 && _at + length < _pattern.Length && _pattern[_at + length] is >= '0' and <= '7')
                length++;
            int value = Convert.ToInt32(_pattern.Substring(_at, length), 8);
            _at += length;
            return value <= 255 ? value : throw Error($"octal escape value \\{Convert.ToString(value, 8)} outside of range 0-0o377");
        }
        int hex = c switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (hex > 0)
        {
            if (_at + hex >= _pattern.Length
                || !int.TryParse(_pattern.AsSpan(_at + 1, hex), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int point)
                || point is < 0 or > 0x10ffff)
                throw Error($"incomplete escape \\{c}");
            _at += hex + 1;
            return point;
        }
        int simple = c switch { 'a' => 7, 'f' => 12, 'n' => 10, 'r' => 13, 't' => 9, 'v' => 11, 'b' when inClass => 8, _ => -1 };
        if (simple < 0 && (char.IsAsciiLetter(c) || (char.IsAsciiDigit(c) && inClass)))
            throw Error($"bad escape \\{c}");
        if (simple < 0)
            return CodePoint();
        _at++;
        return simple;
    }

    private int CodePoint()
    {
        int point = char.IsHighSurrogate(_pattern[_at]) && _at + 1 < _pattern.Length && char.IsLowSurrogate(_pattern[_at + 1])
            ? char.ConvertToUtf32(_pattern[_at], _pattern[_at + 1]) : _pattern[_at];
        _at += point > 0xffff ? 2 : 1;
        return point;
    }

    private void Literal(int point) => Atom(point > 0xffff ? $"(?:{char.ConvertFromUtf32(point)})" : RegexSets.Literal(point));

    private void Class()
    {
        var set = new RegexClass(_kind, _flags.HasFlag(RegexFlags.Ascii));
        bool negated = Takes('^');
        bool first = true;
        for (; ; first = false)
        {
            if (_at == _pattern.Length)
                throw Error("unterminated character set");
            if (_pattern[_at] == ']' && !first)
                break;
            if (Shorthand(set))
                continue;
            int low = Member();
            bool isRange = _at + 1 < _pattern.Length && _pattern[_at] == '-' && _pattern[_at + 1] != ']';
            if (!isRange)
            {
                set.Add(low, low);
                continue;
            }
            _at++;
            if (_pattern[_at] == '\\' && _at + 1 < _pattern.Length && "dDsSwW".Contains(_pattern[_at + 1]))
                throw Error("bad character range");
            int high = Member();
            if (high < low)
                throw Error("bad character range");
            set.Add(low, high);
        }
        _at++;
        Atom(set.ToPattern(negated, Pair));
    }

    private bool Shorthand(RegexClass set)
    {
        if (_pattern[_at] != '\\' || _at + 1 == _pattern.Length || !"dDsSwW".Contains(_pattern[_at + 1]))
            return false;
        set.Add(_pattern[_at + 1]);
        _at += 2;
        return true;
    }

    private int Member()
    {
        if (_pattern[_at] != '\\')
            return CodePoint();
        if (++_at == _pattern.Length)
            throw Error("unterminated character set");
        return EscapedCharacter(inClass: true);
    }

    private void Open()
    {
        int start = _output.Length;
        if (!Takes('?'))
        {
            Groups++;
            Push(start, _flags, _numbered ? $"(?<{Groups}>" : "(", ")");
            return;
        }
        string rest = _pattern[_at..Math.Min(_pattern.Length, _at + 2)];
        if (rest == "P<")
            Named(start);
        else if (rest == "P=")
        {
            string name = Until(')', _at + 2);
            Atom(_names.TryGetValue(name, out int group) ? $"\\k<{group}>" : throw Error($"unknown group name '{name}'"));
        }
        else if (rest is "<=" or "<!")
            Push(start, _flags, "(?" + rest, ")", 2);
        else if (rest.Length > 0 && rest[0] is ':' or '=' or '!' or '>')
            Push(start, _flags, "(?" + rest[0], ")", 1);
        else if (rest.Length > 0 && rest[0] == '#')
            Until(')', _at);
        else if (rest.Length > 0 && rest[0] == '(')
        {
            string id = Until(')', _at + 1);
            int number = _names.TryGetValue(id, out int named) ? named
                : int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : throw Error($"unknown group name '{id}'");
            Push(start, _flags, $"(?({number})", ")");
        }
        else
            Flags(start);
    }

    private void Named(int start)
    {
        string name = Until('>', _at + 2);
        if (name.Length == 0 || char.IsAsciiDigit(name[0]) || !name.All(c => c == '_' || char.IsLetterOrDigit(c)))
            throw Error($"bad character in group name '{name}'");
        if (!_names.TryAdd(name, ++Groups))
            throw Error($"redefinition of group name '{name}'");
        Push(start, _flags, $"(?<{Groups}>(?<{name}>", "))");
    }

    private void Flags(int start)
    {
        int end = _at;
        while (end < _pattern.Length && (char.IsAsciiLetter(_pattern[end]) || _pattern[end] == '-'))
            end++;
        string text = _pattern[_at..end];
        if (end == _pattern.Length || text.Length == 0 || _pattern[end] is not (':' or ')'))
            throw Error("unknown extension ?" + (_at < _pattern.Length ? _pattern[_at] : ' '));
        RegexFlags flags = _flags;
        int minus = text.IndexOf('-');
        for (int i = 0; i < text.Length; i++)
        {
            if (i == minus)
                continue;
            RegexFlags flag = text[i] switch
            {
                'i' => RegexFlags.IgnoreCase,
                'm' => RegexFlags.Multiline,
                's' => RegexFlags.DotAll,
                'x' => RegexFlags.Verbose,
                'a' => RegexFlags.Ascii,
                'u' => RegexFlags.None,
                _ => throw Error("unknown flag"),
            };
            flags = minus >= 0 && i > minus ? flags & ~flag : flags | flag;
        }
        _at = end + 1;
        if (_pattern[end] == ':')
        {
            Push(start, _flags, $"(?{Inline(flags)}:", ")");
            _flags = flags;
            return;
        }
        if (minus >= 0 || _open.Count > 0 || _output.ToString().Any(c => c is not ('(' or '?' or ')' or '-' or 'i' or 'm' or 's')))
            throw Error("global flags not at the start of the expression");
        _flags = flags;
        _output.Append("(?").Append(Inline(flags)).Append(')');
    }

    // White space and comments of a verbose pattern are left out here, so .NET need not know of them.
    private static string Inline(RegexFlags flags)
    {
        string on = "", off = "-";
        foreach ((RegexFlags flag, char letter) in new[] { (RegexFlags.IgnoreCase, 'i'), (RegexFlags.Multiline, 'm'), (RegexFlags.DotAll, 's') })
        {
            if (flags.HasFlag(flag))
                on += letter;
            else
                off += letter;
        }
        return off.Length == 1 ? on : on + off;
    }

    private void Push(int start, RegexFlags flags, string open, string close, int read = 0)
    {
        _at += read;
        _open.Push((start, flags, close));
        _output.Append(open);
        _atom = -1;
    }

    private void Close()
    {
        if (_open.Count == 0)
            throw Error("unbalanced parenthesis");
        (int start, _flags, string close) = _open.Pop();
        _output.Append(close);
        _atom = start;
    }

    private void Quantifier(char c)
    {
        string quantifier = c.ToString();
        if (c == '{')
        {
            Match counts = Regex.Match(_pattern[_at..Math.Min(_pattern.Length, _at + 24)], @"^([0-9]*)(,?)([0-9]*)\}");
            if (!counts.Success || counts.Length == 1)
            {
                Literal('{');
                return;
            }
            _at += counts.Length;
            string low = counts.Groups[1].Length > 0 ? counts.Groups[1].Value : "0";
            quantifier = counts.Groups[2].Length == 0 ? $"{{{low}}}" : $"{{{low},{counts.Groups[3].Value}}}";
        }
        if (_atom < 0)
            throw Error(_output.Length > 0 ? "nothing to repeat or multiple repeat" : "nothing to repeat");
        _output.Append(quantifier);
        if (Takes('?'))
            _output.Append('?');
        else if (Takes('+'))
        {
            _output.Insert(_atom, "(?>");
            _output.Append(')');
        }
        _atom = -1;
    }

    private string Until(char end, int from)
    {
        int close = from <= _pattern.Length ? _pattern.IndexOf(end, from) : -1;
        if (close < 0)
            throw Error($"missing {end}, unterminated name");
        _at = close + 1;
        return _pattern[from..close];
    }

    private bool Takes(char c)
    {
        if (_at == _pattern.Length || _pattern[_at] != c)
            return false;
        _at++;
        return true;
    }

    private void Atom(string text)
    {
        _atom = _output.Length;
        _output.Append(text);
    }

    private void Fixed(string text)
    {
        _output.Append(text);
        _atom = -1;
    }

    private PythonException Error(string problem) => new($"re.error: {problem} at position {_at} of '{_pattern}'");
}

/// <summary>Python's flags that change how a pattern is read.</summary>
[Flags]
internal enum RegexFlags
{
    None = 0,
    IgnoreCase = 1,
    Multiline = 2,
    DotAll = 4,
    Verbose = 8,
    Ascii = 16,
}
