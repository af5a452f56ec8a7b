namespace Castalia.Evaluation;

/// <summary>What a run of the harness leaves open; the defaults are the harness's own.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Few-shot examples for tasks that do not fix their number; null for each task's own, 0 if it has none.</summary>
    public int? NumFewshot { get; init; }

    /// <summary>Documents of each task: a number from 1 on, or a fraction below 1, rounded up; null for all. The first ones are taken.</summary>
    public double? Limit { get; init; }

    /// <summary>Resamplings behind those standard errors that have no closed form; 0 for no standard errors.</summary>
    public int BootstrapIterations { get; init; } = 100_000;

    /// <summary>Seed of the choice of few-shot examples.</summary>
    public long FewshotSeed { get; init; } = 1234;

    internal int Count(int total) => Limit switch
    {
        null => total,
        < 1 => (int)Math.Ceiling(total * Limit.Value),
        _ => (int)Math.Min(total, Limit.Value),
    };
}
