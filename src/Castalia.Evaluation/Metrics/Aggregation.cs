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
        new("median", Median, ErrorKind.Bootstrap),
        new("perplexity", items => Math.Exp(-Mean(items)), ErrorKind.Bootstrap),
        new("weighted_perplexity", items => Math.Exp(-WeightedMean(items)), ErrorKind.None),
        new("bits_per_byte", items => -WeightedMean(items) / Math.Log(2), ErrorKind.None),
        new("brier_score", Brier, ErrorKind.None),
        new("bypass", _ => 999, ErrorKind.None),
    }.ToDictionary(aggregation => aggregation.Name, StringComparer.Ordinal);

    private static double Mean(ReadOnlySpan<MetricItem> items)
    {
        double sum = 0;
        foreach (MetricItem item in items)
            sum += item.Value;
        return sum / items.Length;
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

    // Of an even number the harness takes the upper one of the two in the middle, not their mean.
    private static double Median(ReadOnlySpan<MetricItem> items)
    {
        var sorted = new double[items.Length];
        for (int i = 0; i < sorted.Length; i++)
            sorted[i] = items[i].Value;
        Array.Sort(sorted);
        return sorted[sorted.Length / 2];
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
