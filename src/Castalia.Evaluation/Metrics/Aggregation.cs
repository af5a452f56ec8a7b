using System.Buffers;

namespace Castalia.Evaluation;

/// <summary>How the values of all documents become one number, and that number's standard error.</summary>
/// <param name="Name">The harness's name.</param>
/// <param name="Combine">The number.</param>
/// <param name="Error">How the standard error is found.</param>
public sealed record Aggregation(string Name, Func<ReadOnlySpan<MetricItem>, double> Combine, ErrorKind Error)
{
    /// <summary>The aggregations that there are, by name.</summary>
    public static IReadOnlyDictionary<string, Aggregation> All { get; } = new Aggregation[]
    {
        new("mean", Mean, ErrorKind.ClosedForm),
        Prepared("nanmean", NanMean),
        Prepared("median", Median),
        Prepared("perplexity", Perplexity),
        new("weighted_perplexity", items => Math.Exp(-WeightedMean(items)), ErrorKind.None),
        new("bits_per_byte", items => -WeightedMean(items) / Math.Log(2), ErrorKind.None),
        Prepared("f1", Agreement.F1),
        Prepared("matthews_corrcoef", Agreement.Matthews),
        Prepared("bleu", CorpusScores.Bleu),
        Prepared("chrf", CorpusScores.Chrf),
        Prepared("ter", CorpusScores.Ter),
        new("brier_score", Brier, ErrorKind.None),
        new("bypass", _ => 999, ErrorKind.None),
    }.ToDictionary(aggregation => aggregation.Name, StringComparer.Ordinal);

    /// <summary>
    /// Reads the items once and gives a function of any draw of them by index, which may be called from several threads. A bootstrap calls it
    /// in place of <see cref="Combine"/>, and it gives the same number. Null where there is none.
    /// </summary>
    internal Func<MetricItem[], Func<ReadOnlySpan<int>, double>>? Prepare { get; private init; }

    private static Aggregation Prepared(string name, Func<MetricItem[], Func<ReadOnlySpan<int>, double>> prepare) =>
        new(name, items => prepare([.. items])(Every(items.Length)), ErrorKind.Bootstrap) { Prepare = prepare };

    private static int[] Every(int count) => [.. Enumerable.Range(0, count)];

    private static double[] Values(MetricItem[] items) => Array.ConvertAll(items, item => item.Value);

    private static double Mean(ReadOnlySpan<MetricItem> items)
    {
        double sum = 0;
        foreach (MetricItem item in items)
            sum += item.Value;
        return sum / items.Length;
    }

    private static Func<ReadOnlySpan<int>, double> Perplexity(MetricItem[] items)
    {
        double[] values = Values(items);
        return drawn =>
        {
            double sum = 0;
            foreach (int i in drawn)
                sum += values[i];
            return Math.Exp(-(sum / drawn.Length));
        };
    }

    private static Func<ReadOnlySpan<int>, double> NanMean(MetricItem[] items)
    {
        double[] values = Values(items);
        return drawn =>
        {
            double sum = 0;
            int count = 0;
            foreach (int i in drawn)
            {
                if (double.IsNaN(values[i]))
                    continue;
                sum += values[i];
                count++;
            }
            return sum / count;
        };
    }

    // Of an even number the harness takes the upper one of the two in the middle, not their mean. A draw is not sorted: its ranks are counted.
    private static Func<ReadOnlySpan<int>, double> Median(MetricItem[] items)
    {
        double[] sorted = Values(items);
        int[] order = Every(sorted.Length), rank = new int[sorted.Length];
        Array.Sort(sorted, order);
        for (int i = 0; i < order.Length; i++)
            rank[order[i]] = i;
        return drawn =>
        {
            int[] counts = ArrayPool<int>.Shared.Rent(sorted.Length);
            counts.AsSpan(0, sorted.Length).Clear();
            foreach (int i in drawn)
                counts[rank[i]]++;
            int at = 0;
            for (int before = counts[0]; before <= drawn.Length / 2; before += counts[at])
                at++;
            ArrayPool<int>.Shared.Return(counts);
            return sorted[at];
        };
    }

    private static double Brier(ReadOnlySpan<MetricItem> items)
    {
        double sum = 0;
        foreach (MetricItem item in items)
        {
            var pair = (IReadOnlyList<object?>)item.Content!;
            var probabilities = (IReadOnlyList<object?>)pair[1]!;
            for (int i = 0; i < probabilities.Count; i++)
                sum += Math.Pow((double)probabilities[i]! - (i == (long)pair[0]! ? 1 : 0), 2);
        }
        return sum / items.Length;
    }

    private static double WeightedMean(ReadOnlySpan<MetricItem> items)
    {
        double values = 0, weights = 0;
        foreach (MetricItem item in items)
        {
            values += item.Value;
            weights += item.Weight ?? 1;
        }
        return values / weights;
    }
}

/// <summary>How the harness finds the standard error of an aggregate.</summary>
public enum ErrorKind
{
    /// <summary>It gives none: "N/A".</summary>
    None,

    /// <summary>Sample deviation over the root of the count.</summary>
    ClosedForm,

    /// <summary>Deviation over resampled documents.</summary>
    Bootstrap,
}
