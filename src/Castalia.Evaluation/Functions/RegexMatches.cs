using System.Text;
using System.Text.RegularExpressions;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>How the filters of BIG-Bench Hard and MMLU-FLAN look for an answer: all matches, and of them one by number.</summary>
/// <param name="options">The filter's options: regex_pattern, group_select, fallback, ignore_case, ignore_punctuation, regexes_to_ignore.</param>
internal sealed class RegexMatches(Row options)
{
    private readonly long _select = Option(options, "group_select") is long number ? number : 0;
    private readonly bool _ignoreCase = PythonOperators.IsTrue(Option(options, "ignore_case"));
    private readonly bool _ignorePunctuation = PythonOperators.IsTrue(Option(options, "ignore_punctuation"));
    private readonly string[] _ignored = [.. (Option(options, "regexes_to_ignore") as IReadOnlyList<object?> ?? []).Cast<string>()];

    /// <summary>What stands for no answer.</summary>
    public string Fallback { get; } = Option(options, "fallback") as string ?? "[invalid]";

    /// <summary>The pattern that is tried first.</summary>
    public Regex Pattern { get; } = PythonRegex.Compile(Option(options, "regex_pattern") as string ?? @"#### (\-?[0-9\.\,]+)");

    /// <summary>The chosen match without white space around it; empty if there is none.</summary>
    /// <remarks>Where a match has several groups it is the first that is not empty, as Python's <c>findall</c> gives them.</remarks>
    public string Find(Regex regex, string text)
    {
        MatchCollection matches = Guarded(regex, text);
        long index = _select < 0 ? _select + matches.Count : _select;
        if (index < 0 || index >= matches.Count)
            return "";
        Match match = matches[(int)index];
        string found = match.Groups.Count == 1 ? match.Value : match.Groups.Cast<Group>().Skip(1).Select(group => group.Value).FirstOrDefault(value => value.Length > 0, "");
        return PythonString.Strip(found);
    }

    /// <summary>The text without what the options say to ignore.</summary>
    public string Reduce(string text)
    {
        foreach (string pattern in _ignored)
            text = PythonRegex.Replace(text, pattern, "");
        if (_ignoreCase)
            text = PythonString.Lower(text);
        if (!_ignorePunctuation)
            return text;
        var output = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (!Rune.IsPunctuation(rune))
                output.Append(rune);
        }
        return output.ToString();
    }

    /// <summary>A pattern that matches any of the texts, the first that fits.</summary>
    public static Regex AnyOf(IEnumerable<string> texts) => PythonRegexOf(string.Join('|', texts.Select(Regex.Escape)));

    /// <summary>A pattern of .NET's with the time limit that all patterns have here.</summary>
    public static Regex PythonRegexOf(string pattern) => new(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(2));

    /// <summary>All matches, with Python's error if the pattern runs away.</summary>
    public static MatchCollection Guarded(Regex regex, string text)
    {
        try
        {
            MatchCollection matches = regex.Matches(text);
            _ = matches.Count;
            return matches;
        }
        catch (RegexMatchTimeoutException)
        {
            throw new PythonException($"the pattern '{regex}' took more than two seconds");
        }
    }

    private static object? Option(Row options, string name) => options.TryGetValue(name, out object? value) ? value : null;
}

/// <summary>A filter that looks at one answer at a time and keeps the list of repeats.</summary>
/// <param name="apply">Answer and document to what is left of the answer.</param>
internal sealed class EachAnswerFilter(Func<Row, Func<string, string>> apply) : IFilter
{
    /// <inheritdoc/>
    public IReadOnlyList<object?> Apply(IReadOnlyList<object?> answers, IReadOnlyList<Row> documents)
    {
        var filtered = new object?[answers.Count];
        for (int i = 0; i < filtered.Length; i++)
        {
            Func<string, string> one = apply(documents[i]);
            IReadOnlyList<object?> repeats = answers[i] as IReadOnlyList<object?>
                ?? throw new PythonException("TypeError: the filter needs the list of repeats; it stands after one that chose among them");
            filtered[i] = (IReadOnlyList<object?>)[.. repeats.Select(repeat => (object?)one((string)repeat!))];
        }
        return filtered;
    }
}
