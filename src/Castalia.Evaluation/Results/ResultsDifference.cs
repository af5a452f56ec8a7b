namespace Castalia.Evaluation;

/// <summary>One number of two results files beside each other.</summary>
/// <param name="A">The first file's.</param>
/// <param name="B">The second file's.</param>
/// <param name="Z">The difference over its standard error, the two taken for independent; null without standard errors.</param>
/// <param name="P">The two-sided p-value of <paramref name="Z"/>.</param>
/// <param name="Paired">The test over the same documents; null where samples are missing.</param>
public sealed record NumberDifference(RecordedNumber A, RecordedNumber B, double? Z, double? P, PairedTest? Paired)
{
    /// <summary>B less A.</summary>
    public double Difference => B.Value - A.Value;
}

/// <summary>A test over documents that both runs have.</summary>
/// <param name="Name">McNemar (exact) for metrics of 0 and 1, else paired t.</param>
/// <param name="Documents">Pairs.</param>
/// <param name="P">The two-sided p-value.</param>
public sealed record PairedTest(string Name, int Documents, double P)
{
    /// <summary>Tests pairs of values; null for fewer than two.</summary>
    /// <param name="pairs">The two runs' values of each document.</param>
    public static PairedTest? Of(IReadOnlyList<(double A, double B)> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        if (pairs.Count < 2 || pairs.Any(pair => !double.IsFinite(pair.A) || !double.IsFinite(pair.B)))
            return null;
        if (pairs.All(pair => pair.A is 0 or 1 && pair.B is 0 or 1))
            return new PairedTest("McNemar", pairs.Count, Significance.McNemar(pairs.Count(pair => pair.A > pair.B), pairs.Count(pair => pair.B > pair.A)));
        double mean = pairs.Average(pair => pair.B - pair.A);
        double variance = pairs.Sum(pair => Math.Pow(pair.B - pair.A - mean, 2)) / (pairs.Count - 1);
        double p = variance > 0 ? Significance.StudentT(mean / Math.Sqrt(variance / pairs.Count), pairs.Count - 1) : mean == 0 ? 1 : 0;
        return new PairedTest("paired t", pairs.Count, p);
    }
}

/// <summary>Two results files, number by number.</summary>
/// <param name="Rows">The numbers that both have.</param>
/// <param name="Notes">What else differs: versions, hashes, examples, documents, and tasks of one alone.</param>
public sealed record ResultsDifference(IReadOnlyList<NumberDifference> Rows, IReadOnlyList<string> Notes)
{
    /// <summary>Compares two files; samples are read where both have them beside.</summary>
    /// <exception cref="InputException">A samples file is broken.</exception>
    public static ResultsDifference Of(RecordedResults a, RecordedResults b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        var notes = new List<string>();
        var rows = new List<NumberDifference>();
        ILookup<string, RecordedNumber> second = b.Numbers.ToLookup(number => number.Task, StringComparer.Ordinal);
        foreach (IGrouping<string, RecordedNumber> task in a.Numbers.GroupBy(number => number.Task, StringComparer.Ordinal))
        {
            if (!second.Contains(task.Key))
                continue;
            SamplePairs? pairs = a.SamplesOf(task.Key) is { } fileA && b.SamplesOf(task.Key) is { } fileB ? SamplePairs.Read(fileA, fileB) : null;
            if (pairs is { OtherDocuments: > 0 })
                notes.Add($"{task.Key}: {pairs.OtherDocuments} samples of one run have another document, or none, in the other; they are not paired.");
            foreach (RecordedNumber one in task)
            {
                if (second[task.Key].FirstOrDefault(other => other.Metric == one.Metric && other.Filter == one.Filter) is not { } other)
                    continue;
                double spread = Math.Sqrt((one.Error ?? double.NaN) * (one.Error ?? double.NaN) + (other.Error ?? double.NaN) * (other.Error ?? double.NaN));
                double? z = spread > 0 ? (other.Value - one.Value) / spread : null;
                rows.Add(new NumberDifference(one, other, z, z is { } known ? Significance.Normal(known) : null, PairedTest.Of(pairs?.Values(one.Metric, one.Filter) ?? [])));
            }
        }
        notes.AddRange(Alone(a, b, "A"));
        notes.AddRange(Alone(b, a, "B"));
        foreach (((string what, string task), string value) in a.Facts)
        {
            if (b.Facts.TryGetValue((what, task), out string? other) && Squeezed(other) != Squeezed(value))
                notes.Add($"{task}: {what} differ: {Squeezed(value)} and {Squeezed(other)}.");
        }
        return new ResultsDifference(rows, notes);
    }

    private static IEnumerable<string> Alone(RecordedResults one, RecordedResults other, string name) =>
        one.Numbers.Select(number => (number.Task, number.Metric, number.Filter)).Except(other.Numbers.Select(number => (number.Task, number.Metric, number.Filter)))
            .GroupBy(number => number.Task, StringComparer.Ordinal)
            .Select(task => $"{task.Key}: in {name} alone: {string.Join(" ", task.Select(number => $"{number.Metric},{number.Filter}"))}.");

    private static string Squeezed(string json) => string.Concat(json.Where(letter => !char.IsWhiteSpace(letter)));
}
