using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// BLEU, chrF and TER over all documents with sacrebleu's defaults. Items are pairs of reference, or list of references, and prediction. A
/// document's counts are taken once; a draw of the bootstrap only adds them up.
/// </summary>
internal static class CorpusScores
{
    public static Func<ReadOnlySpan<int>, double> Bleu(MetricItem[] items) => Summed(items, new Bleu());

    public static Func<ReadOnlySpan<int>, double> Chrf(MetricItem[] items) => Summed(items, new Chrf());

    public static Func<ReadOnlySpan<int>, double> Ter(MetricItem[] items) => Summed(items, new Ter());

    private static Func<ReadOnlySpan<int>, double> Summed(MetricItem[] items, CorpusScore score)
    {
        var counts = new double[items.Length][];
        Parallel.For(0, items.Length, i => counts[i] = score.Counts(Prediction(items[i]), References(items[i])));
        return drawn =>
        {
            var sum = new double[counts.Length == 0 ? 0 : counts[0].Length];
            foreach (int i in drawn)
            {
                double[] own = counts[i];
                for (int j = 0; j < sum.Length; j++)
                    sum[j] += own[j];
            }
            return score.Of(sum);
        };
    }

    private static string Prediction(MetricItem item) => Pair(item)[1] switch
    {
        string text => text,
        IReadOnlyList<object?> and [string only] => only,
        var other => throw new PythonException($"a prediction is to be one text, not {PythonOperators.TypeName(other)}"),
    };

    private static string[] References(MetricItem item) => Pair(item)[0] switch
    {
        IReadOnlyList<object?> { Count: > 0 } several => [.. several.Select(PythonText.Str)],
        IReadOnlyList<object?> => throw new PythonException("a document has no reference"),
        var one => [PythonText.Str(one)],
    };

    private static IReadOnlyList<object?> Pair(MetricItem item) => item.Content is IReadOnlyList<object?> { Count: 2 } pair ? pair
        : throw new PythonException("an item is no pair of references and prediction");
}
