namespace Castalia.Evaluation;

/// <summary>Two models' samples of one task, document by document: who has it right.</summary>
/// <param name="Metric">The metric that says so: right from one half on.</param>
/// <param name="Filter">The pipeline of filters.</param>
/// <param name="Both">Documents that both have right.</param>
/// <param name="OnlyA">Those that the first alone has right.</param>
/// <param name="OnlyB">Those that the second alone has right.</param>
/// <param name="Neither">Those that neither has right.</param>
/// <param name="OtherDocuments">Samples without a partner in the other file.</param>
/// <param name="Changed">The documents that one alone has right.</param>
/// <param name="Test">The paired test; null for fewer than two documents.</param>
public sealed record SamplesComparison(
    string Metric, string Filter, int Both, int OnlyA, int OnlyB, int Neither, int OtherDocuments, IReadOnlyList<(RecordedSample A, RecordedSample B)> Changed, PairedTest? Test)
{
    /// <summary>Compares two files of samples.</summary>
    /// <param name="fileA">The first.</param>
    /// <param name="fileB">The second.</param>
    /// <param name="metric">A metric between 0 and 1; null for the first that both have.</param>
    /// <param name="filter">A pipeline of filters; null for the file's first.</param>
    /// <exception cref="InputException">A file is broken, or has no such metric or filter.</exception>
    public static SamplesComparison Of(string fileA, string fileB, string? metric = null, string? filter = null)
    {
        SamplePairs pairs = SamplePairs.Read(fileA, fileB, texts: true);
        if (pairs.All.Count == 0)
            throw new InputException(fileB, null, $"no document of '{fileA}' is in it.", "Name two runs of one task.");
        filter ??= pairs.All[0].A.Filter;
        (RecordedSample A, RecordedSample B)[] own = [.. pairs.All.Where(pair => pair.A.Filter == filter)];
        string[] metrics = [.. own.Take(1).SelectMany(pair => pair.A.Metrics.Keys.Where(pair.B.Metrics.ContainsKey))];
        metric ??= metrics.FirstOrDefault();
        own = [.. own.Where(pair => metric is not null && pair.A.Metrics.ContainsKey(metric) && pair.B.Metrics.ContainsKey(metric))];
        if (metric is null || own.Length == 0)
        {
            throw new InputException(fileA, null, $"no number '{metric}' with filter '{filter}' is in both files.",
                $"Filters: {string.Join(", ", pairs.All.Select(pair => pair.A.Filter).Distinct())}; metrics: {string.Join(", ", metrics)}.");
        }
        if (own.Any(pair => pair.A.Metrics[metric] is not (>= 0 and <= 1) || pair.B.Metrics[metric] is not (>= 0 and <= 1)))
            throw new InputException(fileA, null, $"'{metric}' is not between 0 and 1, so it does not say what is right.", "Name another with --metric.");
        int Count(bool a, bool b) => own.Count(pair => Right(pair.A, metric) == a && Right(pair.B, metric) == b);
        return new SamplesComparison(metric, filter, Count(true, true), Count(true, false), Count(false, true), Count(false, false), pairs.OtherDocuments,
            [.. own.Where(pair => Right(pair.A, metric) != Right(pair.B, metric))], PairedTest.Of([.. own.Select(pair => (pair.A.Metrics[metric], pair.B.Metrics[metric]))]));
    }

    /// <summary>Whether a sample counts as right.</summary>
    public static bool Right(RecordedSample sample, string metric)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return sample.Metrics[metric] >= 0.5;
    }
}
