using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>LogiQA (Liu et al. 2020): passage, question and four lettered options.</summary>
internal static class Logiqa
{
    private const string Letters = "abcd";

    public static FunctionFamily Family { get; } = new FunctionFamily("utils_logiqa", "logiqa")
        .Rows("process_docs", rows => [.. rows.SelectMany(row => PythonString.Split(PythonString.Strip(row.Text("text")), "\n\n").Select(Record))])
        .Field("doc_to_text", row => $"Passage: {row.Text("context")}\nQuestion: {row.Text("question")}\nChoices:\n"
            + string.Concat(row.Texts("options").Take(Letters.Length).Select((option, i) => $"{(char)('A' + i)}. {option}\n")) + "Answer:")
        .Field("doc_to_target", row => PythonString.Strip(row.Text("label")) is [var letter] && Letters.Contains(letter)
            ? (long)Letters.IndexOf(letter, StringComparison.Ordinal)
            : throw new PythonException($"ValueError: the label {PythonText.Repr(row.Text("label"))} is none of a, b, c, d"));

    /// <summary>The authors' files hold the letter, the passage, the question and the options, a line each.</summary>
    private static Row Record(string record)
    {
        string[] lines = record.Split('\n');
        return lines.Length < 3 ? throw new PythonException("IndexError: a record of the file has less than three lines")
            : Columns.Of(("label", PythonString.Strip(lines[0])), ("context", Spaced(lines[1])), ("question", Spaced(lines[2])),
                ("options", Columns.List(lines.Skip(3).Select(line => Spaced(Columns.Skip(line, 2))))));
    }

    private static string Spaced(string text) => PythonString.Strip(text.Replace(".", ". ", StringComparison.Ordinal));
}
