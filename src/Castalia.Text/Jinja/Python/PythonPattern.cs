using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Castalia.Text.Jinja.Python;

/// <summary>One pattern of Python's, compiled as often as kinds of text ask for it.</summary>
internal sealed class PythonPattern
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    private readonly string _pattern;
    private readonly Regex?[] _compiled = new Regex?[3];
    private readonly Regex?[] _advancing = new Regex?[3];
    private readonly IReadOnlyDictionary<string, int> _names;

    /// <exception cref="PythonException">It is no pattern, or uses what .NET has no equal for.</exception>
    public PythonPattern(string pattern)
    {
        _pattern = pattern;
        var translator = new PythonRegexTranslator(pattern, TextKind.BasicPlane);
        _compiled[(int)TextKind.BasicPlane] = Compile(translator.Translated);
        Groups = translator.Groups;
        _names = translator.Names;
    }

    /// <summary>Number of groups that capture.</summary>
    public int Groups { get; }

    /// <summary>The expression for texts such as this one.</summary>
    public Regex For(string text)
    {
        int kind = (int)KindOf(text);
        return _compiled[kind] ??= Compile(new PythonRegexTranslator(_pattern, (TextKind)kind).Translated);
    }

    /// <summary>The matches that Python finds; .NET does not look for a longer one where it found an empty one.</summary>
    public List<Match> Matches(string text, int most = int.MaxValue)
    {
        var matches = new List<Match>();
        Regex regex = For(text);
        Match match = regex.Match(text);
        while (match.Success && matches.Count < most)
        {
            matches.Add(match);
            if (match.Length > 0)
            {
                match = regex.Match(text, match.Index + match.Length);
                continue;
            }
            int at = match.Index;
            match = Advancing(text).Match(text, at);
            if (match.Success)
                continue;
            int next = at + (at + 1 < text.Length && char.IsSurrogatePair(text, at) ? 2 : 1);
            match = next <= text.Length ? regex.Match(text, next) : Match.Empty;
        }
        return matches;
    }

    /// <summary>What Python's replacement template makes of a match.</summary>
    public Func<Match, string> Template(string template)
    {
        if (!template.Contains('\\'))
            return _ => template;
        var parts = new List<(string text, int group)>();
        var text = new StringBuilder();
        for (int i = 0; i < template.Length; i++)
        {
            if (template[i] != '\\')
            {
                text.Append(template[i]);
                continue;
            }
            if (++i == template.Length)
                throw new PythonException("re.error: bad escape (end of pattern)");
            int group = Reference(template, ref i, text);
            if (group < 0)
                continue;
            parts.Add((text.ToString(), group));
            text.Clear();
        }
        string rest = text.ToString();
        return match =>
        {
            var output = new StringBuilder();
            foreach ((string before, int group) in parts)
                output.Append(before).Append(match.Groups[group].ValueSpan);
            return output.Append(rest).ToString();
        };
    }

    /// <summary>The group that an escape of a template names, or -1 after it has written the escape's text.</summary>
    private int Reference(string template, ref int i, StringBuilder text)
    {
        char c = template[i];
        if (c == 'g')
        {
            int close = i + 1 < template.Length && template[i + 1] == '<' ? template.IndexOf('>', i) : -1;
            if (close < 0)
                throw new PythonException("re.error: missing group name");
            string name = template[(i + 2)..close];
            i = close;
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
                return Known(number);
            return _names.TryGetValue(name, out number) ? number : throw new PythonException($"IndexError: unknown group name '{name}'");
        }
        if (char.IsAsciiDigit(c))
        {
            int digits = 1;
            while (digits < 3 && i + digits < template.Length && char.IsAsciiDigit(template[i + digits]))
                digits++;
            ReadOnlySpan<char> all = template.AsSpan(i, digits);
            bool octal = c == '0' || (digits == 3 && !all.ContainsAnyInRange('8', '9'));
            if (octal)
            {
                int length = 1;
                while (length < digits && all[length] is >= '0' and <= '7')
                    length++;
                text.Append((char)Convert.ToInt32(all[..length].ToString(), 8));
                i += length - 1;
                return -1;
            }
            digits = Math.Min(2, digits);
            i += digits - 1;
            return Known(int.Parse(all[..digits], NumberStyles.None, CultureInfo.InvariantCulture));
        }
        text.Append(c switch
        {
            'n' => "\n",
            't' => "\t",
            'r' => "\r",
            'a' => "\a",
            'b' => "\b",
            'f' => "\f",
            'v' => "\v",
            '\\' => "\\",
            _ when char.IsAsciiLetter(c) => throw new PythonException($"re.error: bad escape \\{c}"),
            _ => $"\\{c}",
        });
        return -1;
    }

    private int Known(int group) => group <= Groups ? group : throw new PythonException($"re.error: invalid group reference {group}");

    private Regex Advancing(string text)
    {
        int kind = (int)KindOf(text);
        return _advancing[kind] ??= Compile($@"\G(?:{For(text)})(?!\G)");
    }

    private static TextKind KindOf(string text) => Ascii.IsValid(text) ? TextKind.Ascii
        : text.AsSpan().ContainsAnyInRange('\ud800', '\udfff') ? TextKind.Any : TextKind.BasicPlane;

    private static Regex Compile(string translated)
    {
        try
        {
            return new Regex(translated, RegexOptions.CultureInvariant, Timeout);
        }
        catch (ArgumentException error)
        {
            throw new PythonException($"re.error: {error.Message}");
        }
    }
}

/// <summary>What a text holds; the narrower, the quicker the expression for it.</summary>
internal enum TextKind
{
    Ascii,
    BasicPlane,
    Any,
}
