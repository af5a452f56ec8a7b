using System.Text;

namespace Castalia.Evaluation;

/// <summary>MuTual (Cui et al. 2020): which of four replies follows a dialogue.</summary>
internal static class Mutual
{
    private static readonly (string From, string To)[] Rules =
    [
        (" '", "'"), (" \n", "\n"), ("\n ", "\n"), (" n't", "n't"), ("`` ", "\""), ("''", "\""),
        (" :", ":"), (" ;", ";"), (" !", "!"), (" ?", "?"), (" ,", ","), (" .", "."),
    ];

    public static FunctionFamily Family { get; } = new FunctionFamily("utils", "mutual")
        .EachRow("process_docs", row => Columns.Of(("article", Detokenize(row.Text("article"))), ("options", Columns.List(row.Texts("options").Select(Detokenize)))))
        .Results("process_results", Score);

    /// <summary>
    /// The harness takes the greatest of all numbers of the answers, the flags "greedy" among them, so the index that it holds against the right
    /// reply counts likelihoods and flags in turn. Published numbers of r@1 and r@2 hang on it, and it is kept. Only mrr is what it says.
    /// </summary>
    private static Row Score(Row row, IReadOnlyList<object?> answers)
    {
        Loglikelihood[] replies = [.. answers.Select(answer => (Loglikelihood)answer!)];
        int gold = "ABCD".IndexOf(row.Text("answers"), StringComparison.Ordinal);
        double[] flat = [.. replies.SelectMany(reply => new[] { reply.Value, reply.IsGreedy ? 1.0 : 0.0 })];
        bool first = Metric.ArgMax(flat) == gold;
        Loglikelihood right = replies[gold];
        int rank = replies.Count(reply => reply.Value > right.Value || (reply.Value == right.Value && reply.IsGreedy && !right.IsGreedy));
        return Columns.Of(("r@1", first), ("r@2", rank == 1 || first), ("mrr", 1.0 / (rank + 1)));
    }

    private static string Detokenize(string text)
    {
        var output = new StringBuilder(text);
        foreach ((string from, string to) in Rules)
            output.Replace(from, to);
        return output.ToString();
    }
}
