using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>HellaSwag (Zellers et al. 2019): activity and context are one query; the marks that its WikiHow part left are taken out.</summary>
internal static class Hellaswag
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "hellaswag", "okapi/hellaswag_multilingual")
        .EachRow("process_docs", row =>
        {
            long label = Label(row);
            return Columns.Of(
                ("query", Clean($"{row.Text("activity_label")}: {row.Text("ctx_a")} {PythonString.Capitalize(row.Text("ctx_b"))}")),
                ("choices", Columns.List(row.Texts("endings").Select(Clean))),
                ("gold", label));
        });

    /// <summary>A label is text in the data set; splits without answers have an empty one.</summary>
    private static long Label(Row row) => row.Value("label") switch
    {
        long number => number,
        string text when long.TryParse(text, out long number) => number,
        var other => throw new PythonException($"ValueError: the label {PythonText.Repr(other)} is no whole number"),
    };

    private static string Clean(string text)
    {
        text = PythonString.Strip(text).Replace(" [title]", ". ", StringComparison.Ordinal);
        return PythonRegex.Replace(text, @"\[.*?\]", "").Replace("  ", " ", StringComparison.Ordinal);
    }
}
