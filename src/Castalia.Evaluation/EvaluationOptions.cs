namespace Castalia.Evaluation;

/// <summary>What a run of the harness leaves open; the defaults are the harness's own.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Few-shot examples for tasks that do not fix their number at 0; null for each task's own, 0 if it has none.</summary>
    public int? NumFewshot { get; init; }

    /// <summary>Documents of each task: a number from 1 on, or a fraction below 1, rounded up; null for all. The first ones are taken.</summary>
    public double? Limit { get; init; }

    /// <summary>Documents by task, as indexes into the evaluated split, instead of a limit; tasks that are not named are run whole. Null for no choice.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<int>>? Samples { get; init; }

    /// <summary>Resamplings behind those standard errors that have no closed form; 0 for no standard errors.</summary>
    public int BootstrapIterations { get; init; } = 100_000;

    /// <summary>Seed of the choice of few-shot examples.</summary>
    public long FewshotSeed { get; init; } = 1234;

    /// <summary>What stands before each task's description; null for nothing.</summary>
    public string? SystemInstruction { get; init; }

    /// <summary>How the model wants messages written; null for prompts as plain text.</summary>
    public IChatFormat? Chat { get; init; }

    /// <summary>Whether each example is a turn of the conversation; has a meaning only with <see cref="Chat"/>.</summary>
    public bool FewshotAsMultiturn { get; init; }

    /// <summary>Laid over each task's <c>generation_kwargs</c>; null for nothing.</summary>
    public Row? GenerationArguments { get; init; }

    /// <summary>Whether answers are only collected, not scored.</summary>
    public bool PredictOnly { get; init; }

    /// <summary>Where the tasks' data are looked for.</summary>
    public DatasetLibrary Datasets { get; init; } = new();

    internal PromptOptions Prompt => new(SystemInstruction, Chat, FewshotAsMultiturn);

    internal int Count(int total) => Limit switch
    {
        null => total,
        < 1 => (int)Math.Ceiling(total * Limit.Value),
        _ => (int)Math.Min(total, Limit.Value),
    };
}
