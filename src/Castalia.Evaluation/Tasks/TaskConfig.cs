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

    /// <summary>A text that goes on from the context until a stop.</summary>
    GenerateUntil,
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

    /// <summary>The data it reads.</summary>
    public required DatasetReference Dataset { get; init; }

    /// <summary>Split to take few-shot examples from before all others.</summary>
    public string? TrainingSplit { get; init; }

    /// <summary>Split that is scored where there is no test split.</summary>
    public string? ValidationSplit { get; init; }

    /// <summary>Split that is scored.</summary>
    public string? TestSplit { get; init; }

    /// <summary>What is done to a split's rows before anything reads them; null for nothing.</summary>
    public DocumentsFunction? ProcessDocs { get; init; }

    /// <summary>What is asked.</summary>
    public OutputType OutputType { get; init; } = OutputType.GenerateUntil;

    /// <summary>The question.</summary>
    public required TaskField DocToText { get; init; }

    /// <summary>The answer: text, a choice's index, or a list of answers.</summary>
    public required TaskField DocToTarget { get; init; }

    /// <summary>The choices; null where there are none.</summary>
    public TaskField? DocToChoice { get; init; }

    /// <summary>What stands before everything: a template or a column's name.</summary>
    public string Description { get; init; } = "";

    /// <summary>What the answer begins with, given to the model: a template or a column's name; null for nothing.</summary>
    public string? GenPrefix { get; init; }

    /// <summary>Between a question and its answer.</summary>
    public string TargetDelimiter { get; init; } = " ";

    /// <summary>Between few-shot examples.</summary>
    public string FewshotDelimiter { get; init; } = "\n\n";

    /// <summary>How few-shot examples are chosen and written.</summary>
    public required FewshotConfig Fewshot { get; init; }

    /// <summary>Number of few-shot examples; null leaves it to the caller, 0 cannot be overridden.</summary>
    public int? NumFewshot { get; init; }

    /// <summary>How a text is generated: <c>generation_kwargs</c> as they stand, with the harness's defaults filled in.</summary>
    public Row GenerationArguments { get; init; } = new OrderedDictionary<string, object?>();

    /// <summary>How often each request is put.</summary>
    public int Repeats { get; init; } = 1;

    /// <summary>What is done to the answers before they are scored; each pipeline gives metrics of its own.</summary>
    public IReadOnlyList<FilterPipeline> Filters { get; init; } = [FilterPipeline.Default];

    /// <summary>A built-in function that scores a document instead of the metrics' own rules; null for those.</summary>
    public ResultsFunction? ProcessResults { get; init; }

    /// <summary>What is measured.</summary>
    public required IReadOnlyList<MetricConfig> Metrics { get; init; }

    /// <summary>What is looked for in a training corpus; null if contamination is no concern of the task.</summary>
    public TaskField? DecontaminationQuery { get; init; }

    /// <summary>The task's version.</summary>
    public object? Version { get; init; }

    /// <summary>What the file says beside: <c>metadata</c>.</summary>
    public Row Metadata { get; init; } = new OrderedDictionary<string, object?>();

    /// <summary>The keys as they were read, for the record.</summary>
    public required Row Source { get; init; }

    /// <summary>The split that is scored.</summary>
    public string EvaluationSplit => TestSplit ?? ValidationSplit!;
}

/// <summary>How a task's few-shot examples are chosen and written; what its YAML leaves out is the task's own.</summary>
public sealed record FewshotConfig
{
    /// <summary>The split they come from; null for the harness's own order of preference.</summary>
    public string? Split { get; init; }

    /// <summary>Whether the first ones are taken instead of a random draw.</summary>
    public bool FirstN { get; init; }

    /// <summary>Examples written in the task itself, instead of a split.</summary>
    public IReadOnlyList<Row>? Samples { get; init; }

    /// <summary>What is done to the split's rows before; null for nothing.</summary>
    public DocumentsFunction? ProcessDocs { get; init; }

    /// <summary>The question of an example.</summary>
    public required TaskField DocToText { get; init; }

    /// <summary>The answer of an example.</summary>
    public required TaskField DocToTarget { get; init; }

    /// <summary>The choices of an example; null where there are none.</summary>
    public TaskField? DocToChoice { get; init; }

    /// <summary>What an example's answer begins with; null for nothing.</summary>
    public string? GenPrefix { get; init; }

    /// <summary>Between an example's question and its answer.</summary>
    public string TargetDelimiter { get; init; } = " ";

    /// <summary>Between examples.</summary>
    public string FewshotDelimiter { get; init; } = "\n\n";
}

/// <summary>One metric of a task.</summary>
/// <param name="Name">What results call it.</param>
/// <param name="Metric">How a document is scored; null where a built-in function of the task does it.</param>
/// <param name="Aggregation">How documents are brought together.</param>
/// <param name="HigherIsBetter">Which way is good.</param>
public sealed record MetricConfig(string Name, Metric? Metric, Aggregation Aggregation, bool HigherIsBetter)
{
    /// <summary>What stands in every metric's place where answers are only collected.</summary>
    internal static MetricConfig Bypass { get; } = new("bypass", Evaluation.Metric.All["bypass"], Evaluation.Aggregation.All["bypass"], true);

    /// <summary>A built-in function of the task that scores a generated text in the metric's place; null for none.</summary>
    public MetricFunction? Function { get; init; }

    /// <summary>What the task's YAML gives beside: options of the metric.</summary>
    public Row Options { get; init; } = new OrderedDictionary<string, object?>();
}
