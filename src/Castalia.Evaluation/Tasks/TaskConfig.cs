namespace Castalia.Evaluation;

/// <summary>The kinds of request that a task puts to a model.</summary>
public enum OutputType
{
    /// <summary>The log-likelihood of each of several choices; the greatest is the answer.</summary>
    MultipleChoice,

    /// <summary>The log-likelihood of one target after its context.</summary>
    Loglikelihood,

    /// <summary>The log-likelihood of a whole text.</summary>
    LoglikelihoodRolling,
}

/// <summary>A task as its YAML describes it, checked; the harness's names and defaults.</summary>
public sealed record TaskConfig
{
    /// <summary>The task's name.</summary>
    public required string Task { get; init; }

    /// <summary>The name shown in tables.</summary>
    public required string Alias { get; init; }

    /// <summary>The file that defines it.</summary>
    public required string File { get; init; }

    /// <summary>Names under which it can be asked for together with others.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The data files of each split, as full paths.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> DataFiles { get; init; }

    /// <summary>Split to take few-shot examples from before all others.</summary>
    public string? TrainingSplit { get; init; }

    /// <summary>Split that is scored where there is no test split.</summary>
    public string? ValidationSplit { get; init; }

    /// <summary>Split that is scored.</summary>
    public string? TestSplit { get; init; }

    /// <summary>What is asked.</summary>
    public OutputType OutputType { get; init; } = OutputType.MultipleChoice;

    /// <summary>The question: a template, or a column's name.</summary>
    public required string DocToText { get; init; }

    /// <summary>The answer: a template or a column's name (text), a choice's index (long), or a list of answers.</summary>
    public required object DocToTarget { get; init; }

    /// <summary>The choices: a template or a column's name (text), or a list of texts, each a template; null where there are none.</summary>
    public object? DocToChoice { get; init; }

    /// <summary>What stands before everything, a template.</summary>
    public string Description { get; init; } = "";

    /// <summary>Between a question and its answer.</summary>
    public string TargetDelimiter { get; init; } = " ";

    /// <summary>Between few-shot examples.</summary>
    public string FewshotDelimiter { get; init; } = "\n\n";

    /// <summary>How few-shot examples are chosen.</summary>
    public FewshotConfig Fewshot { get; init; } = new();

    /// <summary>Number of few-shot examples; null leaves it to the caller, 0 cannot be overridden.</summary>
    public int? NumFewshot { get; init; }

    /// <summary>What is measured.</summary>
    public required IReadOnlyList<MetricConfig> Metrics { get; init; }

    /// <summary>The task's version.</summary>
    public object? Version { get; init; }

    /// <summary>The keys as they were read, for the record.</summary>
    public required IReadOnlyDictionary<string, object?> Source { get; init; }

    /// <summary>The split that is scored.</summary>
    public string EvaluationSplit => TestSplit ?? ValidationSplit!;
}

/// <summary>How a task's few-shot examples are chosen.</summary>
public sealed record FewshotConfig
{
    /// <summary>The split they come from; null for the harness's own order of preference.</summary>
    public string? Split { get; init; }

    /// <summary>Whether the first ones are taken instead of a random draw.</summary>
    public bool FirstN { get; init; }

    /// <summary>Examples written in the task itself, instead of a split.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, object?>>? Samples { get; init; }
}

/// <summary>One metric of a task.</summary>
/// <param name="Metric">What is measured of each document.</param>
/// <param name="Aggregation">How documents are brought together.</param>
/// <param name="HigherIsBetter">Which way is good.</param>
public sealed record MetricConfig(Metric Metric, Aggregation Aggregation, bool HigherIsBetter);
