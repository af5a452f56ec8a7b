using System.Text.Json;
using System.Text.Json.Serialization;

namespace Castalia.Training;

/// <summary>
/// How a model is trained. The defaults are Pythia's own settings (Biderman et al. 2023, table 6, and the released configurations);
/// the learning rate is the smallest sizes'.
/// </summary>
public sealed record TrainingOptions
{
    private const int DefaultPassTokens = 16_384;

    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Tokens a sample is trained on; a sample is read with one more, the last label.</summary>
    public int SequenceLength { get; init; } = 2048;

    /// <summary>Samples an update, over all micro-batches.</summary>
    public int BatchSize { get; init; } = 1024;

    /// <summary>
    /// Samples in one forward and backward pass; null for as many as divide the batch and hold at most 16,384 tokens, so that memory does not grow
    /// with the batch. Changes memory and speed, and the result in the last bits only.
    /// </summary>
    public int? MicroBatchSize { get; init; }

    /// <summary>Updates in the whole run.</summary>
    public long Steps { get; init; } = 143_000;

    /// <summary>Number format of the forward and backward passes.</summary>
    public TrainingPrecision Precision { get; init; } = TrainingPrecision.BFloat16;

    /// <summary>Form of the learning rate's curve.</summary>
    public LearningRateRule Schedule { get; init; } = LearningRateRule.PythiaV1;

    /// <summary>The full learning rate.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>The lowest learning rate after warmup, as a share of the full one.</summary>
    public double MinimumLearningRate { get; init; } = 0.1;

    /// <summary>Length of the warmup, as a share of all steps.</summary>
    public double Warmup { get; init; } = 0.01;

    /// <summary>Adam's decay of the gradient's running mean.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Adam's decay of the squared gradient's running mean.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Adam's term against division by zero.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay of every matrix and embedding; biases and norms never decay.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>The gradient's norm over all parameters is cut down to this; 0 leaves it as it is.</summary>
    public double GradientClip { get; init; } = 1.0;

    /// <summary>Seed of the initial weights.</summary>
    public long Seed { get; init; } = 1234;

    /// <summary>Distance between checkpoints after step 512; before that they stand at 0, 1, 2, 4, ..., 512.</summary>
    public long CheckpointInterval { get; init; } = 1000;

    /// <summary>Whether checkpoints stand at the multiples of checkpoint_interval and at the end only, without 0, 1, 2, 4, ..., 512.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IntervalCheckpoints { get; init; }

    /// <summary>Batches of the validation set whose mean loss is taken at every checkpoint; 0 for none.</summary>
    public int ValidationBatches { get; init; }

    /// <summary>Seconds between rewrites of the state kept for resuming after a kill. Has no influence on results.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double ResumeSeconds { get; init; } = 30;

    /// <summary>
    /// Peak of the machine in this precision, in TFLOP/s, that model FLOPs utilization is a share of; null to measure a matrix product
    /// at the start. Has no influence on results.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double? PeakTeraflops { get; init; }

    /// <summary>Samples in one forward and backward pass, with the default resolved.</summary>
    [JsonIgnore]
    public int SamplesPerPass => MicroBatchSize
        ?? Enumerable.Range(1, Math.Max(1, BatchSize)).Last(samples => samples == 1 || (BatchSize % samples == 0 && (long)samples * SequenceLength <= DefaultPassTokens));

    /// <summary>Tokens an update is made from.</summary>
    [JsonIgnore]
    public long TokensPerStep => (long)BatchSize * SequenceLength;

    /// <summary>
    /// The settings that decide the result, as compact JSON with snake_case keys in a fixed order: what a checkpoint records and a
    /// resumed run is compared with.
    /// </summary>
    public string ToJson() =>
        JsonSerializer.Serialize(this with { ResumeSeconds = 0, PeakTeraflops = null }, JsonOptions);

    /// <summary>The settings in which two sets differ, as <c>steps 100, and now 200</c>.</summary>
    internal static string Differences(TrainingOptions first, TrainingOptions second)
    {
        using JsonDocument a = JsonDocument.Parse(first.ToJson());
        using JsonDocument b = JsonDocument.Parse(second.ToJson());
        // A setting that is left out stands at its default.
        string Of(JsonDocument document, string name) => document.RootElement.TryGetProperty(name, out JsonElement value) ? value.GetRawText() : "as usual";
        return string.Join(", ", a.RootElement.EnumerateObject().Concat(b.RootElement.EnumerateObject()).Select(property => property.Name).Distinct()
            .Select(name => (Name: name, First: Of(a, name), Second: Of(b, name)))
            .Where(setting => setting.First != setting.Second)
            .Select(setting => $"{setting.Name} {setting.First}, and now {setting.Second}"));
    }

    /// <summary>Checks every setting.</summary>
    /// <param name="source">What to name in the error: the recipe's path, or the option's name.</param>
    /// <exception cref="InputException">A setting is out of its range.</exception>
    public void Validate(string source)
    {
        Require(SequenceLength is >= 1 and <= 1 << 20, "sequence_length", SequenceLength, "between 1 and 1048576");
        Require(BatchSize is >= 1 and <= 1 << 20, "batch_size", BatchSize, "between 1 and 1048576");
        Require(SamplesPerPass >= 1 && BatchSize % SamplesPerPass == 0, "micro_batch_size", SamplesPerPass, $"a divisor of the batch size {BatchSize}");
        Require(Steps is >= 1 and <= 1_000_000_000, "steps", Steps, "between 1 and 1000000000");
        Require(Enum.IsDefined(Precision), "precision", Precision, "fp32 or bf16");
        Require(Enum.IsDefined(Schedule), "schedule", Schedule, "v1.0, head, cosine, linear or constant");
        Require(LearningRate is > 0 and < 1e3, "learning_rate", LearningRate, "a positive number");
        Require(MinimumLearningRate is >= 0 and <= 1, "minimum_learning_rate", MinimumLearningRate, "a share of the learning rate, 0 to 1");
        Require(Warmup is >= 0 and <= 1, "warmup", Warmup, "a share of the steps, 0 to 1");
        Require(Beta1 is >= 0 and < 1, "beta1", Beta1, "at least 0 and below 1");
        Require(Beta2 is >= 0 and < 1, "beta2", Beta2, "at least 0 and below 1");
        Require(Epsilon is > 0 and < 1, "epsilon", Epsilon, "above 0 and below 1");
        Require(WeightDecay is >= 0 and <= 100, "weight_decay", WeightDecay, "0 or a positive number");
        Require(GradientClip is >= 0 and < double.PositiveInfinity, "gradient_clip", GradientClip, "0 (no clipping) or a positive number");
        Require(CheckpointInterval >= 1, "checkpoint_interval", CheckpointInterval, "at least 1");
        Require(ValidationBatches >= 0, "validation_batches", ValidationBatches, "0 or more");
        Require(ResumeSeconds > 0, "resume_seconds", ResumeSeconds, "a positive number of seconds");
        Require(PeakTeraflops is null or > 0, "peak_teraflops", PeakTeraflops, "a positive number, or nothing to have it measured");

        void Require(bool holds, string name, object? found, string expected)
        {
            if (!holds)
                throw new InputException(source, name, FormattableString.Invariant($"expected {expected}, found {found}."), $"Correct {name}.");
        }
    }
}
