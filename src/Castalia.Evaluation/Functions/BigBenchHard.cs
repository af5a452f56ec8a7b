using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>BIG-Bench Hard (Suzgun et al. 2023): filters that find a letter, a number, a word or an order of words in free text.</summary>
internal static class BigBenchHard
{
    private const string Lettered = @"\([A-Z]\)([^\n^(]*)";

    public static FunctionFamily ZeroShot { get; } = Build("bbh/zeroshot");

    public static FunctionFamily CotZeroShot { get; } = Build("bbh/cot_zeroshot");

    private static FunctionFamily Build(string folder) => new FunctionFamily("utils", folder)
        .Filter("ExtendedRegexFilter", options =>
        {
            // The class adds nothing to the harness's regex filter but options that its descendants read.
            var regex = new RegexFilter(new FilterOptions("ExtendedRegexFilter", options));
            return new EachAnswerFilter(_ => answer => regex.Find(answer) is { Length: > 0 } found ? found : regex.Fallback);
        })
        .Filter("MultiChoiceRegexFilter", ChoiceFilter.Create(row => PythonRegex.Matches(row.Text("input"), Lettered).Select(match => match.Groups[1].Value)))
        .Filter("MapRegexFilter", Mapped)
        .Filter("NumberParseRegexFilter", options =>
        {
            var regex = new RegexFilter(new FilterOptions("NumberParseRegexFilter", options));
            return new EachAnswerFilter(_ => answer => Number(regex, answer));
        })
        .Filter("WordSortFilter", _ => new EachAnswerFilter(Words));

    /// <summary>Any of the patterns is looked for; the first that the find fits gives the value.</summary>
    private static EachAnswerFilter Mapped(Row given)
    {
        Row values = new FilterOptions("MapRegexFilter", given).Dictionary("regex_pattern_to_value");
        var options = new FilterOptions("MapRegexFilter", Columns.Merge(given, Columns.Of(("regex_pattern", string.Join('|', values.Keys)))));
        var regex = new RegexFilter(options);
        var reduction = new AnswerReduction(options);
        return new EachAnswerFilter(_ => answer =>
        {
            if (regex.Find(reduction.Apply(answer)) is not { Length: > 0 } whole)
                return regex.Fallback;
            string reduced = reduction.Apply(whole);
            foreach ((string pattern, object? value) in values)
            {
                if (regex.Find(reduced, pattern) is { Length: > 0 })
                    return PythonText.Str(value);
            }
            return regex.Fallback;
        });
    }

    private static string Number(RegexFilter regex, string answer)
    {
        if (regex.Find(answer) is { Length: > 0 } found)
            return found;
        return regex.Find(PythonString.Lower(answer), EnglishNumber.Pattern) is { Length: > 0 } words ? EnglishNumber.Read(words) ?? regex.Fallback : regex.Fallback;
    }

    /// <summary>The words of the list, in the order in which the answer has each of them last.</summary>
    private static Func<string, string> Words(Row row)
    {
        string[] parts = row.Text("input").Split("List:");
        if (parts.Length < 2)
            throw new PythonException("IndexError: the input has no 'List:'");
        string any = string.Join('|', PythonString.SplitAtSpace(PythonString.Strip(parts[1])).Select(word => $"\\b{word}\\b"));
        return answer => string.Join(' ', PythonRegex.Matches(answer, any).Select(match => match.Value).Reverse().Distinct(StringComparer.Ordinal).Reverse());
    }
}
