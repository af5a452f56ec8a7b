using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;

namespace Castalia.Text.Jinja.Python;

/// <summary>
/// Python's <c>re</c> run by .NET's engine: the notations that differ are rewritten, <c>\s</c>, <c>\w</c> and <c>\b</c> know Python's characters,
/// a character beyond the basic plane counts once (and as no letter), and a pattern that runs away is stopped after two seconds.
/// </summary>
/// <remarks>Flags are given inside the pattern, in front: <c>(?im)</c>. All members throw <see cref="PythonException"/> for what is no pattern.</remarks>
public static class PythonRegex
{
    private const int MaxCached = 256;
    private const int MaxLength = 1 << 16;
    private static readonly ConcurrentDictionary<string, PythonPattern> Compiled = new();

    /// <summary>The pattern for .NET's own methods. Groups keep Python's numbers and names. Texts must hold nothing beyond the basic plane.</summary>
    public static Regex Compile(string pattern) => Of(pattern).For("\u00e9");

    /// <summary>Python's <c>re.finditer</c>.</summary>
    public static List<Match> Matches(string text, string pattern) => Guarded(pattern, of => of.Matches(text));

    /// <summary>Python's <c>re.search</c>: the first match anywhere; not successful if there is none.</summary>
    public static Match Search(string text, string pattern) => Guarded(pattern, of => of.For(text).Match(text));

    /// <summary>Python's <c>re.match</c>: a match at the start.</summary>
    public static Match AtStart(string text, string pattern) => Search(text, @"\A(?:" + Inside(pattern, out string flags) + ")", flags);

    /// <summary>Python's <c>re.fullmatch</c>: a match of the whole text.</summary>
    public static Match Whole(string text, string pattern) => Search(text, @"\A(?:" + Inside(pattern, out string flags) + @")\Z", flags);

    /// <summary>Python's <c>re.findall</c>: texts of matches, or of their only group, or tuples of their groups.</summary>
    public static List<object?> FindAll(string text, string pattern) => Guarded(pattern, of =>
    {
        List<Match> matches = of.Matches(text);
        var found = new List<object?>(matches.Count);
        foreach (Match match in matches)
        {
            found.Add(of.Groups switch
            {
                0 => match.Value,
                1 => match.Groups[1].Value,
                _ => new PythonTuple([.. Enumerable.Range(1, of.Groups).Select(i => match.Groups[i].Value)]),
            });
        }
        return found;
    });

    /// <summary>Python's <c>re.sub(pattern, replacement, text)</c>.</summary>
    public static string Replace(string text, string pattern, string replacement, int count = 0) =>
        Guarded(pattern, of => Replaced(text, of, of.Template(replacement), count));

    /// <summary>Python's <c>re.sub</c> with a function for the replacement.</summary>
    public static string Replace(string text, string pattern, Func<Match, string> replacement) =>
        Guarded(pattern, of => Replaced(text, of, replacement, 0));

    /// <summary>Python's <c>re.split</c>: what the groups matched stands between the parts, null for a group that took no part.</summary>
    public static List<string?> Split(string text, string pattern) => Guarded(pattern, of =>
    {
        var parts = new List<string?>();
        int from = 0;
        foreach (Match match in of.Matches(text))
        {
            parts.Add(text[from..match.Index]);
            for (int i = 1; i <= of.Groups; i++)
                parts.Add(match.Groups[i].Success ? match.Groups[i].Value : null);
            from = match.Index + match.Length;
        }
        parts.Add(text[from..]);
        return parts;
    });

    /// <summary>Python's <c>re.escape</c>.</summary>
    public static string Escape(string text)
    {
        var output = new StringBuilder(text.Length + 8);
        foreach (char c in text)
        {
            if ("()[]{}?*+-|^$\\.&~# \t\n\r\v\f".Contains(c))
                output.Append('\\');
            output.Append(c);
        }
        return output.ToString();
    }

    private static Match Search(string text, string pattern, string flags) => Search(text, flags + pattern);

    /// <summary>The pattern without the flags in front.</summary>
    private static string Inside(string pattern, out string flags)
    {
        int at = 0;
        while (pattern.AsSpan(at).StartsWith("(?"))
        {
            int end = at + 2;
            while (end < pattern.Length && char.IsAsciiLetter(pattern[end]) && pattern[end] != 'P')
                end++;
            if (end == at + 2 || end == pattern.Length || pattern[end] != ')')
                break;
            at = end + 1;
        }
        flags = pattern[..at];
        return pattern[at..];
    }

    private static string Replaced(string text, PythonPattern pattern, Func<Match, string> replacement, int count)
    {
        List<Match> matches = pattern.Matches(text, count > 0 ? count : int.MaxValue);
        if (matches.Count == 0)
            return text;
        var output = new StringBuilder(text.Length);
        int from = 0;
        foreach (Match match in matches)
        {
            output.Append(text, from, match.Index - from).Append(replacement(match));
            from = match.Index + match.Length;
        }
        return output.Append(text, from, text.Length - from).ToString();
    }

    private static T Guarded<T>(string pattern, Func<PythonPattern, T> run)
    {
        try
        {
            return run(Of(pattern));
        }
        catch (RegexMatchTimeoutException)
        {
            throw new PythonException($"the pattern '{pattern}' took more than two seconds");
        }
    }

    private static PythonPattern Of(string pattern)
    {
        if (Compiled.TryGetValue(pattern, out PythonPattern? known))
            return known;
        if (pattern.Length > MaxLength)
            throw new PythonException($"re.error: a pattern of {pattern.Length} characters is longer than the {MaxLength} that are allowed");
        if (Compiled.Count >= MaxCached)
            Compiled.Clear();
        return Compiled.GetOrAdd(pattern, static p => new PythonPattern(p));
    }
}
