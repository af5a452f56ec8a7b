using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Castalia.Data;
using Castalia.Models;
using Castalia.Training;

namespace Castalia.Recipes;

/// <summary>A model made of another by examples of what it is to answer: all its weights are trained, or an adapter beside them.</summary>
public sealed record FinetuneSettings
{
    private static readonly LoraConfig Lora = new();

    /// <summary>The new model's name in the run: its folder, its line in the report.</summary>
    public required string Name { get; init; }

    /// <summary>What training begins with: a model's folder, a checkpoint, or the name of a model of this recipe, whose last checkpoint is meant.</summary>
    public required string StartFrom { get; init; }

    /// <summary>
    /// Files, folders or globs of examples, JSON lines: {"prompt", "completion"}, {"instruction", "input", "output"} or {"messages": [{"role",
    /// "content"}]}.
    /// </summary>
    public required IReadOnlyList<string> Data { get; init; }

    /// <summary>Examples that are not learned, on which the loss is taken at every checkpoint.</summary>
    public IReadOnlyList<string> Validation { get; init; } = [];

    /// <summary>Whether all weights are trained or an adapter.</summary>
    public FinetuneMethod Method { get; init; } = FinetuneMethod.Full;

    /// <summary>Rank of the adapter's matrices.</summary>
    [Range(1, 1 << 16)]
    public int LoraRank { get; init; } = Lora.Rank;

    /// <summary>The adapter's α: its product is multiplied by α/rank.</summary>
    [Range(1e-3, 1e6)]
    public double LoraAlpha { get; init; } = Lora.Alpha;

    /// <summary>Modules to adapt, by HF's names or their last parts (q_proj, query_key_value), or all-linear; PEFT's choice for the architecture where nothing is said.</summary>
    public IReadOnlyList<string>? LoraTargets { get; init; }

    /// <summary>Whether α is divided by the rank's square root instead of the rank (rsLoRA).</summary>
    public bool LoraRankStabilized { get; init; }

    /// <summary>A Jinja file that writes conversations as text, plain for turns in plain words, none for no template; the model's own where nothing is said.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Which of the assistant's messages are learned.</summary>
    public TrainOn TrainOn { get; init; } = TrainOn.All;

    /// <summary>What becomes of examples longer than sequence_length.</summary>
    public TooLong TooLong { get; init; } = TooLong.CutRight;

    /// <summary>How many examples a row holds: one, or as many as fit, which then see those before them.</summary>
    public RowPacking Packing { get; init; } = RowPacking.None;

    /// <summary>Whether the end-of-text token follows answers that have no special token in them.</summary>
    public bool AppendEndOfText { get; init; } = true;

    /// <summary>Tokens of a row.</summary>
    [Range(1, 1 << 20)]
    public int SequenceLength { get; init; } = 512;

    /// <summary>Rows an update, over all micro-batches.</summary>
    [Range(1, 1 << 20)]
    public int BatchSize { get; init; } = 8;

    /// <summary>Rows in one forward and backward pass; as many as divide the batch and hold at most 16,384 tokens where nothing is said.</summary>
    [Range(1, 1 << 20)]
    public int? MicroBatchSize { get; init; }

    /// <summary>How often every row is seen, where steps says nothing.</summary>
    [Range(1e-6, 1e6)]
    public double Epochs { get; init; } = 3;

    /// <summary>Updates; where nothing is said, as many as the epochs take.</summary>
    [Range(1, 1_000_000_000)]
    public long? Steps { get; init; }

    /// <summary>Number format of the forward and backward passes.</summary>
    public TrainingPrecision Precision { get; init; } = TrainingPrecision.BFloat16;

    /// <summary>Form of the learning rate's curve.</summary>
    public LearningRateRule Schedule { get; init; } = LearningRateRule.Cosine;

    /// <summary>The full learning rate; 2e-5 for all weights and 2e-4 for an adapter where nothing is said.</summary>
    [Range(1e-12, 10.0)]
    public double? LearningRate { get; init; }

    /// <summary>The lowest learning rate after warmup, as a share of the full one.</summary>
    [Range(0.0, 1.0)]
    public double MinimumLearningRate { get; init; }

    /// <summary>Length of the warmup, as a share of all steps.</summary>
    [Range(0.0, 1.0)]
    public double Warmup { get; init; } = 0.03;

    /// <summary>Adam's decay of the squared gradient's running mean.</summary>
    [Range(0.0, 0.999999)]
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Decoupled weight decay of every matrix.</summary>
    [Range(0.0, 100.0)]
    public double WeightDecay { get; init; }

    /// <summary>The gradient's norm is cut down to this; 0 leaves it as it is.</summary>
    [Range(0.0, 1e6)]
    public double GradientClip { get; init; } = 1;

    /// <summary>Updates between checkpoints; where nothing is said, there is one at the end.</summary>
    [Range(1, 1_000_000_000)]
    public long? CheckpointInterval { get; init; }

    /// <summary>Seed of the rows' order and of the adapter's first weights.</summary>
    public long Seed { get; init; } = 1234;

    /// <summary>The adapter; null where all weights are trained.</summary>
    /// <param name="baseModel">The model that it stands beside.</param>
    public LoraConfig? Adapter(string baseModel) => Method == FinetuneMethod.Full ? null : new LoraConfig
    {
        Rank = LoraRank,
        Alpha = LoraAlpha,
        TargetModules = LoraTargets,
        RankStabilized = LoraRankStabilized,
        BaseModel = baseModel,
    };

    /// <summary>The trainer's options.</summary>
    /// <param name="rows">How many rows an epoch has.</param>
    /// <param name="validationRows">How many rows the loss is taken on; 0 for none.</param>
    public TrainingOptions Training(long rows, long validationRows)
    {
        long steps = Steps ?? Math.Max(1, (long)Math.Ceiling(Epochs * rows / BatchSize));
        return new TrainingOptions
        {
            SequenceLength = SequenceLength,
            BatchSize = BatchSize,
            MicroBatchSize = MicroBatchSize,
            Steps = steps,
            Precision = Precision,
            Schedule = Schedule,
            LearningRate = LearningRate ?? (Method == FinetuneMethod.Full ? 2e-5 : 2e-4),
            MinimumLearningRate = MinimumLearningRate,
            Warmup = Warmup,
            Beta2 = Beta2,
            WeightDecay = WeightDecay,
            GradientClip = GradientClip,
            Seed = Seed,
            CheckpointInterval = CheckpointInterval ?? steps,
            IntervalCheckpoints = true,
            ValidationBatches = checked((int)((validationRows + BatchSize - 1) / BatchSize)),
        };
    }

    /// <summary>Checks what a single key cannot tell.</summary>
    /// <param name="source">What to name in the error: the recipe's path, or the verb.</param>
    /// <exception cref="InputException">A value is out of its range.</exception>
    public void Validate(string source)
    {
        if (Data.Count == 0)
            throw new InputException(source, $"finetune '{Name}'", "it names no data.", "Name files of examples under data.");
        Training(rows: BatchSize, validationRows: 0).Validate(source);
        Adapter(StartFrom)?.Validate(source);
    }

    /// <summary>The same with every path in it rewritten. What names a model of the recipe or a template that is no file stays.</summary>
    /// <param name="rewrite">Makes the new path.</param>
    /// <param name="models">The names of the recipe's models.</param>
    public FinetuneSettings WithPaths(Func<string, string> rewrite, IEnumerable<string> models) => this with
    {
        StartFrom = models.Contains(StartFrom) ? StartFrom : rewrite(StartFrom),
        Data = [.. Data.Select(rewrite)],
        Validation = [.. Validation.Select(rewrite)],
        ChatTemplate = ChatTemplate is null or NoTemplate or PlainTemplate ? ChatTemplate : rewrite(ChatTemplate),
    };

    internal const string NoTemplate = "none", PlainTemplate = "plain";
}

/// <summary>What is trained.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FinetuneMethod>))]
public enum FinetuneMethod
{
    /// <summary>All weights.</summary>
    [JsonStringEnumMemberName("full")]
    Full,

    /// <summary>A low-rank adapter beside the weights, which stay as they are (Hu et al. 2021).</summary>
    [JsonStringEnumMemberName("lora")]
    Lora,
}
