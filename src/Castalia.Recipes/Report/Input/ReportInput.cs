using Castalia.Data;
using Castalia.Recipes.Stages;

namespace Castalia.Recipes.Report;

/// <summary>Everything that a report shows, read from a run folder. What a run does not have is empty or null.</summary>
public sealed record ReportInput
{
    /// <summary>The run folder as the user named it.</summary>
    public required string Folder { get; init; }

    /// <summary>The experiment's name.</summary>
    public required string Name { get; init; }

    /// <summary>The suite, smallest model first.</summary>
    public required IReadOnlyList<ModelRun> Models { get; init; }

    /// <summary>What the corpus holds; null where the run built none.</summary>
    public CorpusReport? Corpus { get; init; }

    /// <summary>What was packed; null where the run packed nothing.</summary>
    public TokensReport? Tokens { get; init; }

    /// <summary>The manifests of the stages, in the order of the experiment.</summary>
    public IReadOnlyList<StageManifest> Stages { get; init; } = [];
}

/// <summary>One model of the suite and all that is known of it.</summary>
public sealed record ModelRun
{
    /// <summary>The model's name in the run.</summary>
    public required string Name { get; init; }

    /// <summary>Numbers in the model; null before its training is finished.</summary>
    public long? Parameters { get; init; }

    /// <summary>SHA-256 of the last checkpoint's weights; null before its training is finished.</summary>
    public string? WeightsHash { get; init; }

    /// <summary>Its training; null where there is no <c>metrics.jsonl</c>.</summary>
    public LossCurve? Loss { get; init; }

    /// <summary>Scores of its checkpoints, by step.</summary>
    public IReadOnlyList<CheckpointScores> Scores { get; init; } = [];

    /// <summary>Bits per byte of its checkpoints, by step.</summary>
    public IReadOnlyList<CheckpointBits> Bits { get; init; } = [];

    /// <summary>The lens on its checkpoints, by step.</summary>
    public IReadOnlyList<CheckpointLens> Lens { get; init; } = [];

    /// <summary>What its checkpoints wrote, in the order of the file.</summary>
    public IReadOnlyList<Continuation> Continuations { get; init; } = [];

    /// <summary>Whether a step is the last of its training, so that what was measured there may be called final.</summary>
    public bool EndsAt(long step) => Loss is null || step >= Loss.Steps;
}
