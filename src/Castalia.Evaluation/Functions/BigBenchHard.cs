using System.Text.RegularExpressions;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>BIG-Bench Hard (Suzgun et al. 2023): filters that find a letter, a number, a word or an order of words in free text.</summary>
internal static class BigBenchHard
{
    private static readonly Regex Lettered = PythonRegex.Compile(@"\([A-Z]\)([^\n^(]*)");

    public static FunctionFamily ZeroShot { get; } = Build("bbh/zeroshot");

    public static FunctionFamily CotZeroShot { get; } = Build("bbh/cot_zeroshot");

    private static FunctionFamily Build(string folder) => new FunctionFamily("utils", folder)
        .Filter("ExtendedRegexFilter", options =>
        {
            // The class adds nothing to the harness's regex filter but options that its descendants read.
            var matches = new RegexMatches(options);
            return new EachAnswerFilter(_ => answer => matches.Find(matches.Pattern, answer) is { Length: > 0 } found ? found : matches.Fallback);
        })
        .Filter("MultiChoiceRegexFilter", ChoiceFilter.Create(row => Lettered.Matches(row.Text("input")).Select(match => match.Groups[1].Value)))
        .Filter("MapRegexFilter", Mapped)
        .Filter("NumberParseRegexFilter", options =>
        {
            var matches = new RegexMatches(options);
            return new EachAnswerFilter(_ => answer => Number(matches, answer));
        })
        .Filter("WordSortFilter", _ => new EachAnswerFilter(Words));

    /// <summary>Any of the patterns is looked for; the first that the find fits gives the value.</summary>
    private static EachAnswerFilter Mapped(Row options)
    {
        Row values = options.TryGetValue("regex_pattern_to_value", out object? given) && given is Row row ? row : Columns.Of();
        var matches = new RegexMatches(Columns.Merge(options, Columns.Of(("regex_pattern", string.Join('|', values.Keys)))));
        (Regex Pattern, object? Value)[] patterns = [.. values.Select(pair => (PythonRegex.Compile(pair.Key), pair.Value))];
        return new EachAnswerFilter(_ => answer =>
        {
            string whole = matches.Find(matches.Pattern, matches.Reduce(answer));
            if (whole.Length == 0)
                return matches.Fallback;
            string reduced = matches.Reduce(whole);
            foreach ((Regex pattern, object? value) in patterns)
            {
                if (matches.Find(pattern, reduced).Length > 0)
                    return PythonText.Str(value);
            }
            return matches.Fallback;
        });
    }

    private static string Number(RegexMatches matches, string answer)
    {
        string found = matches.Find(matches.Pattern, answer);
        if (found.Length > 0)
            return found;
        string words = matches.Find(EnglishNumber.Pattern, PythonString.Lower(answer));
        return words.Length > 0 ? EnglishNumber.Read(words) ?? matches.Fallback : matches.Fallback;
    }

    /// <summary>The words of the list, in the order in which the answer has each of them last.</summary>
    private static Func<string, string> Words(Row row)
    {
        string[] parts = row.Text("input").Split("List:");
        if (parts.Length < 2)
            throw new PythonException("IndexError: the input has no 'List:'");
        Regex any = PythonRegex.Compile(string.Join('|', PythonString.SplitAtSpace(PythonString.Strip(parts[1])).Select(word => $"\\b{word}\\b")));
        return answer => string.Join(' ', RegexMatches.Guarded(any, answer).Select(match => match.Value).Reverse().Distinct(StringComparer.Ordinal).Reverse());
    }
}
