using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>GPQA (Rein et al. 2023): the right answer is put among the wrong ones by chance.</summary>
/// <remarks>
/// The harness draws from Python's one generator, seeded with 0 when a run starts, so its order hangs on what else the run did before. Here the
/// generator is at its start for every call: the order is that of a run of this one task, and the same for every split of the same length.
/// </remarks>
internal static class Gpqa
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "gpqa/zeroshot", "gpqa/cot_zeroshot", "gpqa/generative", "gpqa/cot_n_shot", "leaderboard/gpqa")
        .Rows("process_docs", rows => Shuffled(rows, 0))
        .Filter("MultiChoiceRegexFilter", ChoiceFilter.Create(row => [row.Text("choice1"), row.Text("choice2"), row.Text("choice3"), row.Text("choice4")]));

    /// <summary>With examples the harness has a generator of its own, of seed 42.</summary>
    public static FunctionFamily NShot { get; } = new FunctionFamily("utils", "gpqa/n_shot").Rows("process_docs", rows => Shuffled(rows, 42));

    private static IReadOnlyList<Row> Shuffled(IReadOnlyList<Row> rows, long seed)
    {
        var random = new PythonRandom(seed);
        return [.. rows.Select(row => Shuffle(row, random))];
    }

    private static Row Shuffle(Row row, PythonRandom random)
    {
        string right = Clean(row.Value("Correct Answer"));
        string[] choices = [Clean(row.Value("Incorrect Answer 1")), Clean(row.Value("Incorrect Answer 2")), Clean(row.Value("Incorrect Answer 3")), right];
        random.Shuffle(choices.AsSpan());
        return Columns.Merge(row, Columns.Of(("choice1", choices[0]), ("choice2", choices[1]), ("choice3", choices[2]), ("choice4", choices[3]),
            ("choices", Columns.List(choices)), ("answer", $"({(char)('A' + Array.IndexOf(choices, right))})")));
    }

    private static string Clean(object? text)
    {
        if (text is not string given)
            return text is null ? " " : throw new PythonException($"AttributeError: '{PythonOperators.TypeName(text)}' object has no attribute 'strip'");
        given = PythonString.Strip(given).Replace(" [title]", ". ", StringComparison.Ordinal);
        return PythonRegex.Replace(given, @"\[.*?\]", "").Replace("  ", " ", StringComparison.Ordinal);
    }
}
