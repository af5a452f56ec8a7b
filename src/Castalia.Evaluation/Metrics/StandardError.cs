namespace Castalia.Evaluation;

/// <summary>Standard errors as the harness computes them, draws of the bootstrap included.</summary>
public static class StandardError
{
    private const int ChunkLength = 1000;

    /// <summary>The standard error of an aggregate; null where the harness gives "N/A".</summary>
    /// <param name="aggregation">How the items were brought together.</param>
    /// <param name="items">One item a document.</param>
    /// <param name="bootstrapIterations">How often to resample where there is no closed form; zero for no such errors.</param>
    /// <param name="cancellationToken">Stops a long bootstrap.</param>
    public static double? Of(
        Aggregation aggregation, IReadOnlyList<MetricItem> items, int bootstrapIterations, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(aggregation);
        ArgumentNullException.ThrowIfNull(items);
        if (items.Count <= 1 || bootstrapIterations <= 0)
            return null;
        return aggregation.Error switch
        {
            ErrorKind.ClosedForm => SampleDeviation([.. items.Select(item => item.Value)]) / Math.Sqrt(items.Count),
            ErrorKind.Bootstrap => Bootstrap(aggregation, [.. items], bootstrapIterations, cancellationToken),
            _ => null,
        };
    }

    /// <summary>
    /// The standard error of a group: variances pooled over its tasks, whatever the group's mean weighs by. Null if any task has none.
    /// </summary>
    /// <param name="errors">One standard error a task.</param>
    /// <param name="sizes">Documents of each task.</param>
    public static double? Pooled(IReadOnlyList<double?> errors, IReadOnlyList<int> sizes)
    {
        ArgumentNullException.ThrowIfNull(errors);
        ArgumentNullException.ThrowIfNull(sizes);
        double variance = 0;
        long total = 0;
        for (int i = 0; i < errors.Count; i++)
        {
            if (errors[i] is not { } error)
                return null;
            variance += (sizes[i] - 1) * (error * error) * sizes[i];
            total += sizes[i];
        }
        double pooled = variance / (total - sizes.Count);
        return Math.Sqrt(pooled / total);
    }

    /// <summary>Standard deviation with n-1 below the line.</summary>
    internal static double SampleDeviation(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
            sum += value;
        double mean = sum / values.Length, squares = 0;
        foreach (double value in values)
            squares += (value - mean) * (value - mean);
        return Math.Sqrt(squares / (values.Length - 1));
    }

    // Chunk i is drawn by a generator seeded with i, so chunks may run side by side and still give the harness's draws.
    private static double Bootstrap(Aggregation aggregation, MetricItem[] items, int iterations, CancellationToken cancellationToken)
    {
        int chunk = Math.Min(ChunkLength, iterations), chunks = iterations / chunk;
        var estimates = new double[chunk * chunks];
        Func<ReadOnlySpan<int>, double> combine = aggregation.Prepare?.Invoke(items) ?? Drawn;
        Parallel.For(0, chunks, new ParallelOptions { CancellationToken = cancellationToken }, i =>
        {
            var random = new PythonRandom(i);
            var drawn = new int[items.Length];
            for (int j = 0; j < chunk; j++)
            {
                random.Choices(drawn);
                estimates[i * chunk + j] = combine(drawn);
                cancellationToken.ThrowIfCancellationRequested();
            }
        });
        return SampleDeviation(estimates);

        double Drawn(ReadOnlySpan<int> drawn)
        {
            var chosen = new MetricItem[drawn.Length];
            for (int i = 0; i < chosen.Length; i++)
                chosen[i] = items[drawn[i]];
            return aggregation.Combine(chosen);
        }
    }
}
