using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>RACE (Lai et al. 2017): an article's problems stand in one column as a Python literal; all but the last are asked with their answers.</summary>
internal static class Race
{
    public static FunctionFamily Family { get; } = new FunctionFamily("preprocess_race", "race")
        .Field("doc_to_text", Question)
        .Field("doc_to_choice", Options)
        .Field("create_choices", Options)
        .Field("doc_to_target", row => Gold(Problems(row)[^1]));

    private static string Question(Row row)
    {
        object?[] problems = Problems(row);
        string text = $"Article: {row.Text("article")}\n\n";
        foreach (object? problem in problems[..^1])
        {
            string question = Text(problem, "question"), answer = OptionsOf(problem)[(int)Gold(problem)];
            text += question.EndsWith("  _  .", StringComparison.Ordinal) ? $"{question[^5..]}{answer}\n" : $"Question: {question}\nAnswer: {answer}\n";
        }
        return text + Text(problems[^1], "question");
    }

    private static object? Options(Row row) => Columns.List(OptionsOf(Problems(row)[^1])[..4]);

    private static object?[] Problems(Row row) => PythonLiteral.Parse(row.Text("problems")) is IReadOnlyList<object?> { Count: > 0 } problems ? [.. problems]
        : throw new PythonException("IndexError: the column 'problems' holds no list with a problem");

    private static string[] OptionsOf(object? problem) => PythonMapping.Is(problem) && PythonMapping.TryGet(problem!, "options", out object? options)
        && options is IReadOnlyList<object?> { Count: >= 4 } list ? [.. list.Cast<string>()]
        : throw new PythonException("KeyError: a problem has no four 'options'");

    private static long Gold(object? problem) => Text(problem, "answer") is "A" or "B" or "C" or "D"
        ? Text(problem, "answer")[0] - 'A' : throw new PythonException("KeyError: a problem's answer is none of A, B, C, D");

    private static string Text(object? problem, string key) =>
        PythonMapping.Is(problem) && PythonMapping.TryGet(problem!, key, out object? value) && value is string text ? text
            : throw new PythonException($"KeyError: a problem has no text '{key}'");
}
