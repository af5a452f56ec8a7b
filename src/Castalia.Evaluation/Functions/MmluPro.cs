using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>MMLU-Pro (Wang et al. 2024): up to ten options, asked to be thought through; one task a subject of the one data set.</summary>
internal static class MmluPro
{
    private static readonly string[] Subjects =
    [
        "biology", "business", "chemistry", "computer science", "economics", "engineering", "health", "history", "law", "math", "other", "philosophy",
        "physics", "psychology",
    ];

    public static FunctionFamily Family { get; } = Build();

    /// <summary>The options with their letters, a line each.</summary>
    internal static string Lettered(IReadOnlyList<object?> options) =>
        string.Concat(options.Select((option, i) => $"{(char)('A' + i)}. {PythonText.Str(option)}\n"));

    /// <summary>The prompt in a language's words.</summary>
    /// <param name="row">The question.</param>
    /// <param name="options">Its options, the missing ones left out; null keeps its letter free.</param>
    /// <param name="words">The words.</param>
    /// <param name="withAnswer">Whether the worked answer follows, as in examples.</param>
    internal static string Prompt(Row row, string options, CotWords words, bool withAnswer)
    {
        string question = $"{words.Question}\n{row.Text("question")}\n{words.Options}\n{options}";
        return withAnswer ? $"{question}{row.Text("cot_content").Replace(words.Lead, words.Answer, StringComparison.Ordinal)}\n\n" : question + words.Answer;
    }

    private static FunctionFamily Build()
    {
        var words = new CotWords("Question:", "Options:", "Answer: Let's think step by step.", "A: Let's think step by step.");
        FunctionFamily family = new FunctionFamily("utils", "mmlu_pro")
            .Field("doc_to_text", row => Prompt(row, Lettered(row.List("options")), words, withAnswer: false))
            .Field("fewshot_to_text", row => Prompt(row, Lettered(row.List("options")), words, withAnswer: true));
        foreach (string subject in Subjects)
            family.Rows($"process_{subject.Replace(' ', '_')}", rows => Where.Equal(rows, "category", subject));
        return family;
    }
}

/// <summary>The words of a prompt that asks for thinking step by step.</summary>
/// <param name="Question">Above the question.</param>
/// <param name="Options">Above the options.</param>
/// <param name="Answer">Starts the answer.</param>
/// <param name="Lead">What the data set's worked answers start with; it is replaced by <paramref name="Answer"/>.</param>
internal sealed record CotWords(string Question, string Options, string Answer, string Lead);

/// <summary>The Open LLM Leaderboard's MMLU-Pro: the letter of an option follows.</summary>
internal static class LeaderboardMmluPro
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "leaderboard/mmlu_pro")
        .Field("doc_to_text", row => $"{row.Text("question")}\n{MmluPro.Lettered(row.List("options"))}Answer:")
        .Field("doc_to_choice", row => Columns.List(row.List("options").Select((_, i) => ((char)('A' + i)).ToString())));
}

/// <summary>The Open LLM Leaderboard's MuSR (Sprague et al. 2024): a narrative and numbered choices, which stand in one column as a Python list.</summary>
internal static class Musr
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "leaderboard/musr")
        .Field("doc_to_choice", row => Choices(row))
        .Field("doc_to_text", row => $"{row.Text("narrative")}\n\n{row.Text("question")}\n\n"
            + string.Concat(Choices(row).Select((choice, i) => $"{i + 1} - {PythonText.Str(choice)}\n")) + "\nAnswer:");

    private static IReadOnlyList<object?> Choices(Row row) => PythonLiteral.Parse(row.Text("choices")) as IReadOnlyList<object?>
        ?? throw new PythonException("TypeError: the column 'choices' holds no Python list");
}

/// <summary>MMMLU (OpenAI 2024): MMLU in fourteen languages, one task a subject; some rows name the file that they came from.</summary>
internal static class OpenAiMmmlu
{
    private static readonly string[] Subjects =
    [
        "abstract_algebra", "anatomy", "astronomy", "business_ethics", "clinical_knowledge", "college_biology", "college_chemistry",
        "college_computer_science", "college_mathematics", "college_medicine", "college_physics", "computer_security", "conceptual_physics", "econometrics",
        "electrical_engineering", "elementary_mathematics", "formal_logic", "global_facts", "high_school_biology", "high_school_chemistry",
        "high_school_computer_science", "high_school_european_history", "high_school_geography", "high_school_government_and_politics",
        "high_school_macroeconomics", "high_school_mathematics", "high_school_microeconomics", "high_school_physics", "high_school_psychology",
        "high_school_statistics", "high_school_us_history", "high_school_world_history", "human_aging", "human_sexuality", "international_law",
        "jurisprudence", "logical_fallacies", "machine_learning", "management", "marketing", "medical_genetics", "miscellaneous", "moral_disputes",
        "moral_scenarios", "nutrition", "philosophy", "prehistory", "professional_accounting", "professional_law", "professional_medicine",
        "professional_psychology", "public_relations", "security_studies", "sociology", "us_foreign_policy", "virology", "world_religions",
    ];

    public static FunctionFamily Family { get; } = Build();

    private static FunctionFamily Build()
    {
        var family = new FunctionFamily("utils", "openai-mmmlu/default");
        foreach (string subject in Subjects)
            family.Rows($"process_{subject}", rows => [.. rows.Where(row => SubjectOf(row.Value("Subject")) as string == subject)]);
        return family;
    }

    /// <summary><c>anatomy_test.csv_sw-KE.csv</c> is anatomy.</summary>
    private static object? SubjectOf(object? subject)
    {
        if (subject is not string name)
            return subject;
        int mark = name.IndexOf("_test.csv", StringComparison.Ordinal);
        mark = mark < 0 ? name.IndexOf("_test-", StringComparison.Ordinal) : mark;
        return mark < 0 ? name : name[..mark];
    }
}
