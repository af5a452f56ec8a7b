using System.Text;
using System.Text.RegularExpressions;

namespace Castalia.Evaluation;

/// <summary>A shell's pattern for names, as Python's <c>fnmatch</c> reads it: <c>*</c>, <c>?</c>, <c>[abc]</c>, <c>[!a-z]</c>.</summary>
internal sealed class NamePattern(string pattern)
{
    private readonly Regex _regex = new(Translate(pattern), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);

    /// <summary>Whether a name is written as a pattern.</summary>
    public static bool Is(string name) => name.AsSpan().ContainsAny("*?[");

    /// <summary>Whether the whole name matches; upper and lower case are different.</summary>
    public bool Matches(string name) => _regex.IsMatch(name);

    private static string Translate(string pattern)
    {
        var regex = new StringBuilder(@"\A");
        for (int i = 0; i < pattern.Length; i++)
        {
            // A bracket that stands first in a set belongs to it; one that is never closed means itself.
            int end = pattern[i] == '[' ? pattern.IndexOf(']', Math.Min(pattern.Length, i + (pattern.AsSpan(i + 1) is ['!', ..] ? 3 : 2))) : -1;
            if (end > 0)
            {
                string set = pattern[(i + 1)..end].Replace(@"\", @"\\", StringComparison.Ordinal).Replace("[", @"\[", StringComparison.Ordinal)
                    .Replace("]", @"\]", StringComparison.Ordinal).Replace("^", @"\^", StringComparison.Ordinal);
                regex.Append('[').Append(set[0] == '!' ? "^" + set[1..] : set).Append(']');
                i = end;
            }
            else
                regex.Append(pattern[i] switch { '*' => ".*", '?' => ".", char c => Regex.Escape(c.ToString()) });
        }
        return regex.Append(@"\z").ToString();
    }
}
