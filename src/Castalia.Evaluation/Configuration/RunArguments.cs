namespace Castalia.Evaluation;

/// <summary>What a run is to do: the arguments of the harness's <c>lm_eval run</c>, by its names and with its defaults, and a few of our own.</summary>
public sealed record RunArguments
{
    /// <summary>The kind of model; <see cref="ModelArguments"/> say which.</summary>
    public string Model { get; init; } = "hf";

    /// <summary>Which model it is, and how it computes.</summary>
    public IReadOnlyDictionary<string, object?> ModelArguments { get; init; } = new OrderedDictionary<string, object?>(StringComparer.Ordinal);

    /// <summary>The same as tables and files show them: a server's header may hold a secret, and only its being there is told.</summary>
    public IReadOnlyDictionary<string, object?> ShownModelArguments => Shown(ModelArguments);

    /// <summary>Tasks, groups, tags, patterns, task files.</summary>
    public IReadOnlyList<string> Tasks { get; init; } = [];

    /// <summary>Examples before each question; null for each task's own number.</summary>
    public int? NumFewshot { get; init; }

    /// <summary>Documents of each task: a number, or a fraction below 1; null for all.</summary>
    public double? Limit { get; init; }

    /// <summary>Documents by task, instead of a limit; null for no choice.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<int>>? Samples { get; init; }

    /// <summary>Requests of a batch, <c>auto</c> or <c>auto:N</c>, as given.</summary>
    public string BatchSize { get; init; } = "1";

    /// <summary>Most requests of a batch of automatic size; null where nothing is said.</summary>
    public long? MaxBatchSize { get; init; }

    /// <summary>What to compute on, as given; null where nothing is said.</summary>
    public string? Device { get; init; }

    /// <summary>A file that answers are kept in; null for none.</summary>
    public string? UseCache { get; init; }

    /// <summary>Laid over each task's <c>generation_kwargs</c>; null for nothing.</summary>
    public IReadOnlyDictionary<string, object?>? GenerationArguments { get; init; }

    /// <summary>A folder, or a JSON file whose name the results' is made of; null for no files.</summary>
    public string? OutputPath { get; init; }

    /// <summary>Whether every document is written.</summary>
    public bool LogSamples { get; init; }

    /// <summary>Whether answers are only collected.</summary>
    public bool PredictOnly { get; init; }

    /// <summary>Whether prompts are written as the model wants messages.</summary>
    public bool ApplyChatTemplate { get; init; }

    /// <summary>Which of the model's templates; null for its own choice.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Whether each example is a turn of the conversation: with a chat template unless told otherwise.</summary>
    public bool FewshotAsMultiturn { get; init; }

    /// <summary>What stands before each task's description; null for nothing.</summary>
    public string? SystemInstruction { get; init; }

    /// <summary>Folders of task files beside our own.</summary>
    public IReadOnlyList<string> IncludePaths { get; init; } = [];

    /// <summary>Seeds of Python's, numpy's and torch's generators and of the choice of examples; null for none.</summary>
    public IReadOnlyList<long?> Seeds { get; init; } = [0, 1234, 1234, 1234];

    /// <summary>What tasks are told beside: the model's arguments with what was given laid over them.</summary>
    public IReadOnlyDictionary<string, object?> Metadata { get; init; } = new OrderedDictionary<string, object?>(StringComparer.Ordinal);

    /// <summary>Whether the first document's prompt of each task is shown.</summary>
    public bool WriteOut { get; init; }

    /// <summary>Whether the results' file is shown.</summary>
    public bool ShowConfig { get; init; }

    /// <summary>How much is said: a name of Python's levels; null where nothing is said.</summary>
    public string? Verbosity { get; init; }

    /// <summary>Folders in which data sets are looked for.</summary>
    public IReadOnlyList<string> Datasets { get; init; } = [];

    /// <summary>Whether a split that is lacking may be stood in for.</summary>
    public bool StandIns { get; init; }

    /// <summary>Resamplings behind those standard errors that have no closed form.</summary>
    public int BootstrapIterations { get; init; } = 100_000;

    /// <summary>What was asked for and is not done, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Reads arguments: what the command line gives goes before what a file gives, that before the defaults.</summary>
    /// <param name="config">A YAML file of arguments; null for none.</param>
    /// <param name="given">What the command line gives, by the harness's names.</param>
    /// <exception cref="InputException">An argument is unknown, is no value of its kind, or does not go with another.</exception>
    public static RunArguments Read(string? config, IReadOnlyDictionary<string, object?> given) => new RunArgumentsReader(config, given).Read();

    internal static Row Shown(Row modelArguments) => !modelArguments.ContainsKey("header") ? modelArguments
        : new OrderedDictionary<string, object?>(modelArguments, StringComparer.Ordinal) { ["header"] = "..." };
}
