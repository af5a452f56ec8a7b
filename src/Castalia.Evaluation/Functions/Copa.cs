using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>COPA (Roemmele et al. 2011): premise and connective, then either alternative as the rest of the sentence.</summary>
internal static class Copa
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "super_glue/copa")
        .Field("doc_to_text", row => Premise(row, "because", "therefore"))
        .Field("doc_to_target", row => " " + Right(row))
        .Field("doc_to_choice", row => Columns.List(Choices(row).Select(choice => " " + choice)));

    /// <summary>The premise without its full stop, and the connective that the question asks for.</summary>
    internal static string Premise(Row row, string cause, string effect)
    {
        string connective = row.Text("question") switch
        {
            "cause" => cause,
            "effect" => effect,
            var other => throw new PythonException($"KeyError: {PythonText.Repr(other)}: the question is neither 'cause' nor 'effect'"),
        };
        return $"{Columns.WithoutLast(PythonString.Strip(row.Text("premise")))} {connective}";
    }

    internal static string[] Choices(Row row) => [Columns.LowerFirst(row.Text("choice1")), Columns.LowerFirst(row.Text("choice2"))];

    internal static string Right(Row row) => Choices(row)[PythonOperators.AreEqual(row.Value("label"), 0L) ? 0 : 1];
}

/// <summary>XCOPA (Ponti et al. 2020): COPA in eleven languages, each with its connectives.</summary>
internal static class Xcopa
{
    private static readonly (string Language, string Cause, string Effect)[] Connectives =
    [
        ("et", "sest", "seetõttu"), ("ht", "poukisa", "donk sa"), ("it", "perché", "quindi"), ("id", "karena", "maka"), ("qu", "imataq", "chaymi"),
        ("sw", "kwa sababu", "kwa hiyo"), ("zh", "因为", "所以"), ("ta", "காரணமாக", "எனவே"), ("th", "เพราะ", "ดังนั้น"), ("tr", "çünkü", "bu yüzden"),
        ("vi", "bởi vì", "vì vậy"),
    ];

    public static FunctionFamily Family { get; } = Build();

    private static FunctionFamily Build()
    {
        FunctionFamily family = new FunctionFamily("utils", "xcopa")
            .Field("doc_to_target", Copa.Right)
            .Field("doc_to_choice", row => Columns.List(Copa.Choices(row)));
        foreach ((string language, string cause, string effect) in Connectives)
            family.Field($"doc_to_text_{language}", row => Copa.Premise(row, cause, effect));
        return family;
    }
}
