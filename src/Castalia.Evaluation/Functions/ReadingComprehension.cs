using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>CoQA (Reddy et al. 2019): a document for each turn of a conversation about a story; answers of several people are right.</summary>
internal static class CoqaTask
{
    private static readonly string[] Other = ["id", "source", "filename", "name"];

    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "coqa")
        .Rows("process_docs", rows => [.. rows.SelectMany(row => Enumerable.Range(1, row.Nested("questions").List("input_text").Count).Select(turns => Turn(row, turns)))])
        .Field("doc_to_text", row =>
        {
            string[] questions = row.Nested("questions").Texts("input_text"), answers = row.Nested("answers").Texts("input_text")[..^1];
            return row.Text("story") + "\n\n" + string.Concat(questions.Select((question, i) => $"Q: {question}\n\n{(i < answers.Length ? $"A: {answers[i]}\n\n" : "A:")}"));
        })
        .Field("doc_to_target", row => Columns.List(Answers(row)))
        .Results("process_results", (row, answers) =>
        {
            (double exact, double f1) = Coqa.Scores(PythonString.Split(PythonString.Strip(answers.Generated()), "\n")[0], Answers(row));
            return Columns.Of(("em", exact), ("f1", f1));
        });

    /// <summary>What was said up to a turn.</summary>
    private static Row Turn(Row row, int turns)
    {
        var turn = new OrderedDictionary<string, object?>(StringComparer.Ordinal)
        {
            ["story"] = row.Value("story"),
            ["questions"] = Cut(row.Nested("questions"), turns),
            ["answers"] = Cut(row.Nested("answers"), turns),
        };
        foreach (string column in Other)
        {
            if (row.TryGetValue(column, out object? value))
                turn[column] = value;
        }
        if (row.TryGetValue("additional_answers", out object? more) && more is Row { Count: > 0 } people)
            turn["additional_answers"] = Columns.Of([.. people.Select(person => (person.Key, (object?)Cut(people.Nested(person.Key), turns)))]);
        return turn;
    }

    private static Row Cut(Row lists, int turns) => Columns.Of(
        [.. lists.Select(pair => (pair.Key, pair.Value is IReadOnlyList<object?> list ? (IReadOnlyList<object?>)[.. list.Take(turns)] : pair.Value))]);

    /// <summary>The answer of the last turn, and those of others that differ in more than case.</summary>
    private static List<string> Answers(Row row)
    {
        int last = row.Nested("questions").List("input_text").Count - 1;
        List<string> answers = [row.Nested("answers").Texts("input_text")[last]];
        if (row.TryGetValue("additional_answers", out object? more) && more is Row people)
        {
            foreach (string person in people.Keys)
            {
                string answer = people.Nested(person).Texts("input_text")[last];
                if (!answers.Any(known => PythonString.Lower(known) == PythonString.Lower(answer)))
                    answers.Add(answer);
            }
        }
        return answers;
    }
}

/// <summary>DROP (Dua et al. 2019): an answer is a number, a date or spans of the passage; several people's answers are right.</summary>
internal static class DropTask
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "drop")
        .EachRow("process_docs", row => Columns.Of(
            ("id", row.Value("query_id")), ("passage", row.Value("passage")), ("question", row.Value("question")), ("answers", Answers(row))))
        .Results("process_results", (row, answers) =>
        {
            double exact = 0, f1 = 0;
            foreach (object? gold in row.List("answers"))
            {
                string[] spans = [.. ((IReadOnlyList<object?>)gold!).Cast<string>()];
                if (PythonString.Strip(spans[0]).Length == 0)
                    continue;
                (double exactOfOne, double f1OfOne) = Drop.Scores([answers.Generated()], spans);
                (exact, f1) = (Math.Max(exact, exactOfOne), Math.Max(f1, f1OfOne));
            }
            return Columns.Of(("em", exact), ("f1", f1));
        });

    private static IReadOnlyList<object?> Answers(Row row)
    {
        Row more = row.Nested("validated_answers");
        IReadOnlyList<object?> numbers = more.List("number"), dates = more.List("date"), spans = more.List("spans");
        IEnumerable<Row> candidates = Enumerable.Range(0, numbers.Count)
            .Select(i => Columns.Of(("number", numbers[i]), ("date", dates[i]), ("spans", spans[i]))).Prepend(row.Nested("answer"));
        var answers = new List<object?>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (Row candidate in candidates)
        {
            object?[] answer = Answer(candidate);
            if (seen.Add(string.Join('\0', answer)))
                answers.Add((IReadOnlyList<object?>)answer);
        }
        return answers;
    }

    private static object?[] Answer(Row answer)
    {
        if (answer.Value("number") is not "" and var number)
            return [PythonText.Str(number)];
        if (answer.Texts("spans") is { Length: > 0 } spans)
            return spans;
        Row date = answer.Nested("date");
        return [PythonString.Strip($"{date.Text("day")} {date.Text("month")} {date.Text("year")}")];
    }
}

/// <summary>ReCoRD (Zhang et al. 2018): which of the passage's entities fills the blank.</summary>
internal static class Record
{
    public static FunctionFamily Family { get; } = new FunctionFamily("util", "super_glue/record")
        .Rows("process_docs", rows => [.. rows.Select(row => Columns.Of(("passage", row.Value("passage")), ("query", row.Value("query")),
            ("entities", Columns.List(Once(row.Texts("entities")))), ("answers", Columns.List(Once(row.Texts("answers"))))))])
        .Field("doc_to_text", row =>
        {
            List<string> parts = PythonString.Split(PythonString.Strip(row.Text("passage")), "\n@highlight\n");
            return parts[0] + "\n\n" + string.Concat(parts.Skip(1).Select(highlight => $"  - {highlight}.\n"));
        })
        .Field("doc_to_target", row => Filled(row, row.Texts("answers") is [var first, ..] ? first : throw new PythonException("IndexError: list index out of range")))
        .Field("doc_to_choice", row => Columns.List(row.Texts("entities").Select(entity => Filled(row, entity))))
        .Results("process_results", (row, answers) =>
        {
            string prediction = row.Texts("entities")[Metric.ArgMax(answers.Likelihoods())];
            string[] golds = row.Texts("answers");
            return Columns.Of(("f1", golds.Max(gold => Squad.F1(gold, prediction))), ("em", golds.Max(gold => Squad.Exact(gold, prediction))));
        });

    /// <summary>T5's form (Raffel et al. 2020): the entity is written; every right one makes a document, and a question's best counts.</summary>
    public static FunctionFamily T5 { get; } = new FunctionFamily("t5_utils", "super_glue/record")
        .Field("doc_to_text", row =>
        {
            string passage = PythonRegex.Replace(row.Text("passage"), "(\\.|\\?|\\!|\\\"|\\')\\n@highlight\\n", @"\1 ");
            passage = PythonRegex.Replace(passage, @"\n@highlight\n", ". ");
            return $"record query: {row.Text("query")} entities: {string.Join(", ", row.Texts("entities"))} passage: {passage}";
        })
        .Rows("process_docs", rows => [.. rows.SelectMany(row => row.List("answers").Select(answer => Columns.Merge(row, Columns.Of(("answers", answer)))))])
        .Metric("em", Pair)
        .Metric("f1", Pair)
        .Aggregation("squad_em_agg", items => Groups(items).Average(group => group.Average(prediction => group.Max(gold => prediction.Said == gold.Gold ? 1.0 : 0.0))))
        .Aggregation("squad_f1_agg", items => Groups(items).Average(group => group.Max(gold => Squad.F1(group[0].Said, gold.Gold))));

    private static string[] Once(string[] texts)
    {
        string[] once = [.. texts.Distinct(StringComparer.Ordinal)];
        Array.Sort(once, PythonString.CompareByCodePoint);
        return once;
    }

    private static string Filled(Row row, string entity) => $"  - {row.Text("query")}".Replace("@placeholder", entity, StringComparison.Ordinal);

    private static PythonTuple Pair(IReadOnlyList<object?> references, IReadOnlyList<object?> predictions, Row options) => new(predictions[0], references[0]);

    /// <summary>Items by the question that a reference names before its underscore.</summary>
    private static IEnumerable<List<(string Said, string Gold)>> Groups(IReadOnlyList<object?> items)
    {
        var groups = new OrderedDictionary<string, List<(string, string)>>(StringComparer.Ordinal);
        foreach (object? item in items)
        {
            var pair = (IReadOnlyList<object?>)item!;
            if (((string)pair[1]!).Split('_') is not [var question, var gold])
                throw new PythonException("ValueError: a reference is no question and answer with one '_' between them");
            if (!groups.TryGetValue(question, out List<(string, string)>? group))
                groups.Add(question, group = []);
            group.Add((Squad.Normalize((string)pair[0]!), Squad.Normalize(gold)));
        }
        return groups.Values;
    }
}

/// <summary>MultiRC (Khashabi et al. 2018) in T5's form: True or False for each answer; a question counts where all its answers do.</summary>
internal static class MultiRc
{
    private static readonly string[] Labels = ["False", "True"];

    public static FunctionFamily T5 { get; } = new FunctionFamily("t5_utils", "super_glue/multirc")
        .Metric("f1", (references, predictions, _) =>
        {
            (string _, long gold) = Reference(references);
            return new PythonTuple(Said(predictions, gold), gold);
        })
        .Metric("em", (references, predictions, _) =>
        {
            (string question, long gold) = Reference(references);
            return new PythonTuple(question, Said(predictions, gold), gold);
        })
        .Aggregation("agg_f1", items => ClassF1.Of([.. items.Cast<IReadOnlyList<object?>>().Select(pair => (pair[1], pair[0]))], 1L))
        .Aggregation("agg_em", items => items.Cast<IReadOnlyList<object?>>().GroupBy(item => (string)item[0]!, StringComparer.Ordinal)
            .Average(group => group.All(item => PythonOperators.AreEqual(item[1], item[2])) ? 1.0 : 0.0));

    private static (string Question, long Gold) Reference(IReadOnlyList<object?> references)
    {
        string[] parts = ((string)references[0]!).Split('_');
        int gold = Array.IndexOf(Labels, parts[^1]);
        return gold < 0 ? throw new PythonException($"ValueError: {PythonText.Repr(parts[^1])} is not in list") : (parts[0], gold);
    }

    /// <summary>A text that is neither word counts as the wrong one.</summary>
    private static long Said(IReadOnlyList<object?> predictions, long gold) => Array.IndexOf(Labels, predictions[0] as string) is >= 0 and var said ? said : 1 - gold;
}

/// <summary>IFEval (Zhou et al. 2023): whether a text does what it was told to.</summary>
internal static class IfevalTask
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "ifeval")
        .Results("process_results", (row, answers) => Ifeval.Results(row, answers.Generated()))
        .Aggregation("agg_inst_level_acc", Ifeval.InstructionAccuracy);
}
