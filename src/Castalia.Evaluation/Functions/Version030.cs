using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// What tasks of lm-evaluation-harness v0.3.0, with which results up to 2023 were made, do another way than later versions.
/// </summary>
internal static class Version030
{
    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "v030")
        .Field("mrpc_text", row => $"Sentence 1: {Wsc.Detokenize(row.Text("sentence1"))}\nSentence 2: {Wsc.Detokenize(row.Text("sentence2"))}\n"
            + "Question: Do both sentences mean the same thing?\nAnswer:")
        .Field("sst_text", row => $"{Wsc.Detokenize(row.Text("sentence"))}\nQuestion: Is this sentence positive or negative?\nAnswer:")
        .Results("mrpc_results", Paraphrase)
        .Results("mutual_results", Replies)
        .Results("truthfulqa_results", Truth)
        .Results("mc_taco_results", Plausible)
        .Aggregation("mc_taco_em", items => ByQuestion(items).Average(answers => answers.All(answer => answer.Gold == answer.Predicted) ? 1.0 : 0.0))
        .Aggregation("mc_taco_f1", items => ByQuestion(items).Select(PlausibleF1).OfType<double>().Average());

    /// <summary>"yes" is asked before "no", and F1 is of the label 1, which is "yes".</summary>
    private static Row Paraphrase(Row row, IReadOnlyList<object?> answers)
    {
        double[] likelihoods = answers.Likelihoods();
        long gold = row.Integer("label"), predicted = likelihoods[0] > likelihoods[1] ? 1 : 0;
        return Columns.Of(("acc", gold == predicted), ("f1", new object?[] { gold, predicted }));
    }

    private static Row Replies(Row row, IReadOnlyList<object?> answers)
    {
        double[] likelihoods = answers.Likelihoods();
        int gold = "ABCD".IndexOf(row.Text("answers"), StringComparison.Ordinal);
        if (gold < 0 || gold >= likelihoods.Length)
            throw new PythonException($"IndexError: the right reply {PythonText.Repr(row.Text("answers"))} is none of the replies");
        bool first = Metric.ArgMax(likelihoods) == gold;
        int rank = likelihoods.Count(one => one > likelihoods[gold]);
        return Columns.Of(("r@1", first), ("r@2", rank == 1 || first), ("mrr", 1.0 / (rank + 1)));
    }

    private static Row Truth(Row row, IReadOnlyList<object?> answers)
    {
        double[] likelihoods = answers.Likelihoods();
        int single = row.Nested("mc1_targets").List("choices").Count;
        // The answers of the first measure are asked before those of the second.
        Row mass = TruthfulQa.TrueMass(row, [.. answers.Skip(single)]);
        return Columns.Of(("mc1", Metric.ArgMax(likelihoods[..single]) == 0), ("mc2", mass["acc"]));
    }

    private static Row Plausible(Row row, IReadOnlyList<object?> answers)
    {
        double[] likelihoods = answers.Likelihoods();
        object?[] item = [row.Integer("label"), (long)Metric.ArgMax(likelihoods), $"{row.Text("sentence")} {row.Text("question")}"];
        return Columns.Of(("em", item), ("f1", item));
    }

    private static IEnumerable<(bool Gold, bool Predicted)[]> ByQuestion(IReadOnlyList<object?> items) =>
        items.Select(item => item is IReadOnlyList<object?> and [long gold, long predicted, string question] ? (gold, predicted, question)
                : throw new PythonException("TypeError: an item is a right answer, a given one and a question"))
            .GroupBy(item => item.question, StringComparer.Ordinal)
            .Select(question => question.Select(item => (item.gold != 0, item.predicted != 0)).ToArray());

    /// <summary>F1 over one question's answers; none where precision and recall are both 0: the harness leaves those questions out.</summary>
    private static double? PlausibleF1((bool Gold, bool Predicted)[] answers)
    {
        int gold = answers.Count(answer => answer.Gold), predicted = answers.Count(answer => answer.Predicted);
        double right = answers.Count(answer => answer is (true, true));
        double precision = predicted > 0 ? right / predicted : 1, recall = gold > 0 ? right / gold : 1;
        return precision + recall > 0 ? 2 * (precision * recall) / (precision + recall) : null;
    }
}
