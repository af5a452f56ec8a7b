using System.Globalization;
using System.Text;

namespace Castalia.Text.Jinja.Python;

/// <summary>Python's <c>ast.literal_eval</c>: text, numbers, True, False, None, and lists, tuples and dicts of these. Nothing is run.</summary>
public sealed class PythonLiteral
{
    private const int MaxDepth = 64;

    private readonly string _text;
    private int _at;

    private PythonLiteral(string text) => _text = text;

    /// <summary>Reads one literal that takes up the whole text.</summary>
    /// <exception cref="PythonException">The text is no literal.</exception>
    public static object? Parse(string text)
    {
        var reader = new PythonLiteral(text);
        object? value = reader.Value(0);
        reader.SkipSpace();
        return reader._at == text.Length ? value : throw reader.Error("the end");
    }

    /// <summary>The text of a quoted literal's inside, its escapes replaced.</summary>
    internal static string Unescape(ReadOnlySpan<char> inside)
    {
        if (!inside.Contains('\\'))
            return inside.ToString();
        var output = new StringBuilder(inside.Length);
        for (int i = 0; i < inside.Length; i++)
        {
            if (inside[i] != '\\' || i + 1 == inside.Length)
            {
                output.Append(inside[i]);
                continue;
            }
            char next = inside[++i];
            int hex = next switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
            if (hex > 0)
            {
                if (i + hex >= inside.Length
                    || !int.TryParse(inside.Slice(i + 1, hex), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int point)
                    || point is < 0 or > 0x10ffff)
                    throw new PythonException($"SyntaxError: a \\{next} escape needs {hex} hexadecimal digits of a code point");
                output.Append(point > 0xffff ? char.ConvertFromUtf32(point) : ((char)point).ToString());
                i += hex;
            }
            else if (next is >= '0' and <= '7')
            {
                int code = 0, digits = 0;
                for (; digits < 3 && i + digits < inside.Length && inside[i + digits] is >= '0' and <= '7'; digits++)
                    code = code * 8 + inside[i + digits] - '0';
                output.Append((char)code);
                i += digits - 1;
            }
            else if (next != '\n')
            {
                output.Append(next switch
                {
                    'n' => "\n",
                    't' => "\t",
                    'r' => "\r",
                    'a' => "\a",
                    'b' => "\b",
                    'f' => "\f",
                    'v' => "\v",
                    '\\' => "\\",
                    '\'' => "'",
                    '"' => "\"",
                    _ => $"\\{next}",
                });
            }
        }
        return output.ToString();
    }

    private object? Value(int depth)
    {
        if (depth > MaxDepth)
            throw new PythonException($"RecursionError: nested more than {MaxDepth} deep");
        SkipSpace();
        if (_at == _text.Length)
            throw Error("a value");
        switch (_text[_at])
        {
            case '[': return Members(']', depth).members;
            case '(':
                (List<object?> members, bool comma) = Members(')', depth);
                return members.Count == 1 && !comma ? members[0] : new PythonTuple([.. members]);
            case '{': return Dictionary(depth);
            case '\'' or '"': return Quoted();
            default: return Word();
        }
    }

    private (List<object?> members, bool comma) Members(char close, int depth)
    {
        var members = new List<object?>();
        bool comma = true;
        for (_at++; !Takes(close); comma = Takes(','))
        {
            if (!comma)
                throw Error($"',' or '{close}'");
            members.Add(Value(depth + 1));
        }
        return (members, comma && members.Count > 0);
    }

    private PythonDictionary Dictionary(int depth)
    {
        var entries = new PythonDictionary();
        bool comma = true;
        for (_at++; !Takes('}'); comma = Takes(','))
        {
            if (!comma)
                throw Error("',' or '}'");
            object? key = Value(depth + 1);
            if (!Takes(':'))
                throw Error("':'");
            entries.Set(key, Value(depth + 1));
        }
        return entries;
    }

    private string Quoted()
    {
        var output = new StringBuilder();
        // Neighbouring literals are one text, as in Python's source.
        for (SkipSpace(); _at < _text.Length && _text[_at] is '\'' or '"'; SkipSpace())
        {
            char quote = _text[_at];
            int start = ++_at;
            while (_at < _text.Length && _text[_at] != quote)
                _at += _text[_at] == '\\' ? 2 : 1;
            if (_at >= _text.Length)
                throw Error($"a closing {quote}");
            output.Append(Unescape(_text.AsSpan(start, _at - start)));
            _at++;
        }
        return output.ToString();
    }

    private object? Word()
    {
        int start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '.' or '_' or '+' or '-'))
            _at++;
        string word = _text[start.._at];
        switch (word)
        {
            case "None": return null;
            case "True": return true;
            case "False": return false;
        }
        string number = word.Replace("_", "", StringComparison.Ordinal);
        if (long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
            return whole;
        if (number.Any(char.IsAsciiDigit) && double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double real))
            return real;
        _at = start;
        throw Error("a value");
    }

    private bool Takes(char sign)
    {
        SkipSpace();
        if (_at >= _text.Length || _text[_at] != sign)
            return false;
        _at++;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\n' or '\r' or '\f')
            _at++;
    }

    private PythonException Error(string expected)
    {
        string found = _at >= _text.Length ? "the end" : $"'{_text.AsSpan(_at, Math.Min(12, _text.Length - _at))}'";
        return new PythonException($"SyntaxError: no Python literal: expected {expected} at character {_at + 1}, found {found}");
    }
}
