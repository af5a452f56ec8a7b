using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>MathQA (Amini et al. 2019): the options stand in one text, <c>a ) 1 , b ) 2 , ...</c>.</summary>
internal static class MathQa
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "mathqa")
        .Field("doc_to_choice", row => Columns.List(Choices(row)))
        .Field("create_choices", row => Columns.List(Choices(row)))
        .Field("doc_to_target", row => "abcde".IndexOf(row.Text("correct"), StringComparison.Ordinal) is >= 0 and var index && Choices(row) is var choices
            && index < choices.Length ? choices[index] : throw new PythonException($"ValueError: the answer '{row.Text("correct")}' is no option"));

    private static string[] Choices(Row row) =>
        [.. PythonRegex.Compile(@"[abcd] \) .*?, |e \) .*?$").Matches(row.Text("options")).Select(match => PythonString.RightStrip(match.Value[4..], " ,"))];
}

/// <summary>MNLI (Williams et al. 2018): a premise, and a hypothesis that ends in a full stop.</summary>
internal static class Mnli
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "glue/mnli")
        .Field("doc_to_text", row =>
        {
            string hypothesis = PythonString.Strip(row.Text("hypothesis"));
            return $"{row.Text("premise")}\nQuestion: {hypothesis}{(hypothesis.EndsWith('.') ? "" : ".")} True, False or Neither?\nAnswer:";
        });
}

/// <summary>ToxiGen (Hartvigsen et al. 2022): hateful where machine and people together say so.</summary>
internal static class Toxigen
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "toxigen")
        .Field("doc_to_target", row => row.Number("toxicity_ai") + row.Number("toxicity_human") > 5.5 ? "Yes" : "No");
}

/// <summary>Arithmetic (Brown et al. 2020): the data set's prompts in the harness's words.</summary>
internal static class Arithmetic
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "arithmetic")
        .EachRow("process_docs", row => Columns.Of(
            ("context", PythonString.Strip(row.Text("context")).Replace("\n\n", "\n", StringComparison.Ordinal)
                .Replace("Q:", "Question:", StringComparison.Ordinal).Replace("A:", "Answer:", StringComparison.Ordinal)),
            ("completion", row.Value("completion"))));
}

/// <summary>Winogender (Rudinger et al. 2018): the sentences of one gender.</summary>
internal static class Winogender
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "winogender")
        .Rows("filter_male", rows => Where.Equal(rows, "gender", "male"))
        .Rows("filter_female", rows => Where.Equal(rows, "gender", "female"))
        .Rows("filter_neutral", rows => Where.Equal(rows, "gender", "neutral"));
}

/// <summary>Rows that hold to a condition.</summary>
internal static class Where
{
    /// <summary>Those whose column equals a value, as Python compares.</summary>
    public static IReadOnlyList<Row> Equal(IReadOnlyList<Row> rows, string column, object? value) =>
        [.. rows.Where(row => PythonOperators.AreEqual(row.Value(column), value))];

    /// <summary>Those whose column starts with a text.</summary>
    public static IReadOnlyList<Row> StartsWith(IReadOnlyList<Row> rows, string column, string start) =>
        [.. rows.Where(row => row.Text(column).StartsWith(start, StringComparison.Ordinal))];
}
