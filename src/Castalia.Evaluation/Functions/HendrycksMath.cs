using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>MATH (Hendrycks et al. 2021): the answer is what the solution puts in a box.</summary>
internal static class HendrycksMath
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "hendrycks_math")
        .EachRow("process_docs", row => Columns.Of(
            ("problem", row.Text("problem")), ("solution", row.Text("solution")), ("answer", BoxedAnswer.OfSolution(row.Text("solution")))))
        .Results("process_results", (row, answers) =>
        {
            string answer = Answer(answers.Generated());
            return Columns.Of(("exact_match", MathStrings.AreAlike(answer, BoxedAnswer.OfSolution(row.Text("solution"))) ? 1L : 0L));
        });

    /// <summary>What a model's text gives as its answer: what stands between its first and last dollar sign; else the whole. A box in it stays one.</summary>
    private static string Answer(string text) => BetweenDollars(text) ?? text;

    internal static string? BetweenDollars(string text)
    {
        int first = text.IndexOf('$', StringComparison.Ordinal), last = text.LastIndexOf('$');
        return first < last ? text[(first + 1)..last] : null;
    }
}

/// <summary>AIME: whole numbers, compared as MATH's answers are.</summary>
internal static class Aime
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "aime")
        .Results("process_results", (row, answers) =>
        {
            string text = answers.Generated();
            string answer = BoxedAnswer.TryUnwrap(BoxedAnswer.Last(text)) ?? HendrycksMath.BetweenDollars(text) ?? text;
            string key = row.Keys.FirstOrDefault(key => PythonString.Lower(key) == "answer") ?? throw new PythonException("StopIteration: no column 'answer'");
            return Columns.Of(("exact_match", MathStrings.AreAlike(answer, PythonText.Str(row[key])) ? 1L : 0L));
        });
}
