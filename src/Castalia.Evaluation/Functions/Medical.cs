using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>MedMCQA (Pal et al. 2022): a question and four lettered options.</summary>
internal static class Medmcqa
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils_medmcqa", "medmcqa")
        .Field("doc_to_text", row => Options(row) + "Answer:")
        .Field("doc_to_text_cot", row => Options(row)
            + "First, think step-by-step. End your response with exactly this format:\nFinal Answer: X\n(where X is A, B, C, or D).")
        .Field("doc_to_target_cot", row => row.Integer("cop") is >= 0 and < 4 and var index ? "ABCD"[(int)index].ToString()
            : throw new PythonException("IndexError: the right option 'cop' is none of the four"));

    private static string Options(Row row) =>
        $"Question: {row.Text("question")}\nChoices:\nA. {row.Text("opa")}\nB. {row.Text("opb")}\nC. {row.Text("opc")}\nD. {row.Text("opd")}\n";
}

/// <summary>PubMedQA (Jin et al. 2019): an abstract's parts, a line each, and the question about it.</summary>
internal static class PubmedQa
{
    public static FunctionFamily Family { get; } = new FunctionFamily("preprocess_pubmedqa", "pubmedqa")
        .Field("doc_to_text", row => $"Abstract: {string.Join('\n', Contexts(row))}\nQuestion: {PythonText.Str(Question(row))}\nAnswer:")
        .Field("doc_to_target", row => $" {PythonText.Str(row.Value("final_decision"))}")
        .Field("gold_alias", row => row.Text("final_decision") switch
        {
            "yes" => 0L,
            "no" => 1L,
            "maybe" => 2L,
            var other => throw new PythonException($"KeyError: {PythonText.Repr(other)}"),
        });

    /// <summary>The copies of the data set name the columns differently.</summary>
    private static string[] Contexts(Row row) => row.ContainsKey("CONTEXTS") ? row.Texts("CONTEXTS") : row.Nested("context").Texts("contexts");

    private static object? Question(Row row) => row.ContainsKey("QUESTION") ? row["QUESTION"] : row.Value("question");
}
