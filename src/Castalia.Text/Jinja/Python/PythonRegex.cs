using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;

namespace Castalia.Text.Jinja.Python;

/// <summary>
/// Patterns of Python's <c>re</c> run by .NET's engine: the notations that differ are rewritten, white space is Python's, and a pattern that
/// runs away is stopped after two seconds.
/// </summary>
public static class PythonRegex
{
    private const int MaxCached = 256;
    private static readonly ConcurrentDictionary<string, Regex> Compiled = new();

    /// <summary>Compiles a pattern; the last few hundred are kept.</summary>
    /// <exception cref="PythonException">It is no pattern, or uses what .NET has no equal for.</exception>
    public static Regex Compile(string pattern)
    {
        if (Compiled.TryGetValue(pattern, out Regex? known))
            return known;
        if (Compiled.Count >= MaxCached)
            Compiled.Clear();
        try
        {
            return Compiled.GetOrAdd(pattern, p => new Regex(Translate(p), RegexOptions.CultureInvariant, TimeSpan.FromSeconds(2)));
        }
        catch (ArgumentException error)
        {
            throw new PythonException($"re.error: {error.Message}");
        }
    }

    /// <summary>Python's <c>re.sub(pattern, replacement, text)</c>.</summary>
    public static string Replace(string text, string pattern, string replacement, int count = 0)
    {
        Regex regex = Compile(pattern);
        string template = TranslateReplacement(replacement);
        try
        {
            return count > 0 ? regex.Replace(text, template, count) : regex.Replace(text, template);
        }
        catch (RegexMatchTimeoutException)
        {
            throw new PythonException($"the pattern '{pattern}' took more than two seconds");
        }
    }

    private static string Translate(string pattern)
    {
        const string Space = @"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";
        var output = new StringBuilder(pattern.Length + 16);
        bool inClass = false;
        for (int i = 0; i < pattern.Length; i++)
        {
            char c = pattern[i];
            if (c == '\\' && i + 1 < pattern.Length)
            {
                char next = pattern[++i];
                output.Append((next, inClass) switch
                {
                    ('Z', false) => @"\z",
                    ('s', true) => Space,
                    ('s', false) => $"[{Space}]",
                    ('S', false) => $"[^{Space}]",
                    _ => $"\\{next}",
                });
                continue;
            }
            if (inClass)
            {
                // A bracket inside a class is literal to Python and the start of a subtraction to .NET.
                inClass = c != ']';
                output.Append(c == '[' ? "\\[" : c.ToString());
                continue;
            }
            if (c == '[')
            {
                inClass = true;
                output.Append(c);
                if (i + 1 < pattern.Length && pattern[i + 1] == '^')
                    output.Append(pattern[++i]);
                if (i + 1 < pattern.Length && pattern[i + 1] == ']')
                {
                    output.Append("\\]");
                    i++;
                }
            }
            else if (c == '$')
                output.Append("(?=\\n?\\z)");
            else if (string.CompareOrdinal(pattern, i, "(?P<", 0, 4) == 0)
            {
                output.Append("(?<");
                i += 3;
            }
            else if (string.CompareOrdinal(pattern, i, "(?P=", 0, 4) == 0)
            {
                int close = pattern.IndexOf(')', i);
                if (close < 0)
                    throw new ArgumentException("missing ), unterminated name");
                output.Append("\\k<").Append(pattern, i + 4, close - i - 4).Append('>');
                i = close;
            }
            else
                output.Append(c);
        }
        return pattern.StartsWith("(?m", StringComparison.Ordinal) || pattern.Contains("(?m", StringComparison.Ordinal)
            ? output.ToString().Replace("(?=\\n?\\z)", "$", StringComparison.Ordinal)
            : output.ToString();
    }

    private static string TranslateReplacement(string replacement)
    {
        var output = new StringBuilder(replacement.Length + 8);
        for (int i = 0; i < replacement.Length; i++)
        {
            char c = replacement[i];
            if (c == '$')
                output.Append("$$");
            else if (c == '\\' && i + 1 < replacement.Length)
            {
                char next = replacement[++i];
                if (char.IsAsciiDigit(next))
                {
                    int end = i + 1 < replacement.Length && char.IsAsciiDigit(replacement[i + 1]) ? i + 2 : i + 1;
                    output.Append("${").Append(replacement, i, end - i).Append('}');
                    i = end - 1;
                }
                else if (next == 'g' && i + 1 < replacement.Length && replacement[i + 1] == '<' && replacement.IndexOf('>', i) is > 0 and var close)
                {
                    output.Append("${").Append(replacement, i + 2, close - i - 2).Append('}');
                    i = close;
                }
                else
                {
                    output.Append(next switch
                    {
                        'n' => "\n",
                        't' => "\t",
                        'r' => "\r",
                        '\\' => "\\",
                        _ => $"\\{next}",
                    });
                }
            }
            else
                output.Append(c);
        }
        return output.ToString();
    }
}
