using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>AGIEval (Zhong et al. 2023): several options may be right; answers of its mathematics are compared by spelling.</summary>
internal static class Agieval
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "agieval")
        .Results("process_results_mcqa", (row, answers) =>
        {
            double[] likelihoods = answers.Likelihoods();
            string[] choices = row.Texts("choices");
            double[] each = [.. likelihoods.Zip(choices, (likelihood, choice) => likelihood / PythonString.Length(choice))];
            return Columns.Of(("acc", IsRight(row, likelihoods)), ("acc_norm", IsRight(row, each)));
        })
        .Results("process_results", (row, answers) =>
        {
            string? answer = Parse(answers.Generated()), gold = Parse(row.Text("answer"));
            // The harness parses what it parsed once more before it compares, and so does this.
            bool alike = answer is null || gold is null ? answer is null && gold is null : MathStrings.AreAlike(Parse(answer), Parse(gold), strictSlash: false);
            return Columns.Of(("acc", alike ? 1L : 0L));
        });

    private static double IsRight(Row row, double[] scores) => row.List("gold").Contains((long)Metric.ArgMax(scores)) ? 1.0 : 0.0;

    /// <summary>The answer of a text: its last box; or what stands last between dollar signs; or after the last equals sign; or its last number.</summary>
    private static string? Parse(string text)
    {
        if (text.Contains("\\boxed", StringComparison.Ordinal))
        {
            const string Left = "\\boxed{";
            return BoxedAnswer.LastBraced(text) is { } box && box.StartsWith(Left, StringComparison.Ordinal) ? AfterEquals(box[Left.Length..^1]) : null;
        }
        if (PythonRegex.Compile(@"\$(.*)\$").Matches(text) is { Count: > 0 } marked && AfterEquals(marked[^1].Groups[1].Value) is { Length: > 0 } last)
            return last;
        if (text.Contains('='))
        {
            string after = AfterEquals(text).TrimEnd('.');
            int line = after.IndexOf("\\n", StringComparison.Ordinal);
            return line < 0 ? after : after[..line];
        }
        return PythonRegex.Compile(@"(?:\$)?\d+(?:\.\d+)?(?![\w\d])").Matches(text) is { Count: > 0 } numbers ? numbers[^1].Value : null;
    }

    private static string AfterEquals(string text) => text.Contains('=') ? text[(text.LastIndexOf('=') + 1)..].TrimStart(' ') : text;
}
