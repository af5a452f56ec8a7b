using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>WebQuestions (Berant et al. 2013): every accepted answer is a choice, and any of them is right.</summary>
internal static class WebQs
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "webqs")
        // The harness puts a document's answers in order while it makes choices of them, and that is how it then shows the document.
        .EachRow("process_docs", row => Columns.Of(("answers", Columns.List(Sorted(row)))))
        .Field("doc_to_choice", row => Columns.List(Answers(row)))
        .Field("doc_to_target", row => (IReadOnlyList<object?>)[.. Enumerable.Range(0, Answers(row).Count).Select(i => (object?)(long)i)]);

    /// <summary>In order, without those that another one starts: where the shorter is greedy, the longer need not be asked.</summary>
    private static List<string> Answers(Row row)
    {
        string[] sorted = Sorted(row);
        if (sorted.Length == 0)
            throw new PythonException("IndexError: the document has no answer");
        List<string> kept = [sorted[0]];
        foreach (string answer in sorted.AsSpan(1))
        {
            if (!answer.StartsWith(kept[^1], StringComparison.Ordinal))
                kept.Add(answer);
        }
        return kept;
    }

    private static string[] Sorted(Row row)
    {
        string[] answers = row.Texts("answers");
        Array.Sort(answers, PythonString.CompareByCodePoint);
        return answers;
    }
}
