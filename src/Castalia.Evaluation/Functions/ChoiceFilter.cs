using System.Text.RegularExpressions;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// The harness's MultiChoiceRegexFilter: the pattern of the options; if that finds nothing, the text of one of the choices, told as its letter in
/// brackets; if that is not there either, a bare letter after a colon.
/// </summary>
internal static class ChoiceFilter
{
    /// <summary>The filter.</summary>
    /// <param name="choices">A document's choices.</param>
    public static Func<Row, IFilter> Create(Func<Row, IEnumerable<string>> choices) => options =>
    {
        var matches = new RegexMatches(options);
        return new EachAnswerFilter(document => Reader(matches, choices(document)));
    };

    private static Func<string, string> Reader(RegexMatches matches, IEnumerable<string> choices)
    {
        string[] reduced = [.. choices.Select(choice => matches.Reduce(PythonString.Strip(choice)))];
        var letters = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < reduced.Length; i++)
            letters[reduced[i]] = $"({(char)('A' + i)})";
        Regex texts = RegexMatches.AnyOf(reduced);
        Regex bare = PythonRegex.Compile($":[\\s]*({string.Join('|', reduced.Select((_, i) => (char)('A' + i)))})");
        return answer =>
        {
            string found = matches.Find(matches.Pattern, answer);
            if (found.Length == 0 && matches.Find(texts, matches.Reduce(answer)) is { Length: > 0 } text)
                found = letters.GetValueOrDefault(text, text);
            if (found.Length == 0 && matches.Find(bare, answer) is { Length: > 0 } letter)
                found = $"({letter})";
            return found.Length == 0 ? matches.Fallback : found;
        };
    }
}

/// <summary>MMLU as FLAN was asked it (Chung et al. 2022).</summary>
internal static class MmluFlan
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "mmlu/flan_cot_zeroshot", "mmlu/flan_n_shot/generative")
        .Filter("MultiChoiceRegexFilter", ChoiceFilter.Create(row => row.Texts("choices")));
}
