using System.Text.Json;
using System.Text.Json.Serialization;

namespace Castalia.Training;

/// <summary>What a finished run is: the content of <c>training.json</c>. Everything but <see cref="Timing"/> is the same in every run of the same recipe.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Parameters">Numbers in the model.</param>
/// <param name="NonEmbeddingParameters">Those outside embedding and unembedding.</param>
/// <param name="Steps">Updates made.</param>
/// <param name="Tokens">Tokens trained on.</param>
/// <param name="FinalLoss">Loss of the last step's batch, in nats.</param>
/// <param name="ValidationLoss">Loss of the validation batches at the end, in nats; null where none was taken.</param>
/// <param name="WeightsHash">SHA-256 of the last checkpoint's <c>model.safetensors</c>, or of its <c>adapter_model.safetensors</c>.</param>
/// <param name="MetricsHash">SHA-256 of <c>metrics.jsonl</c> without timing (<see cref="MetricsFile.Hash"/>).</param>
/// <param name="Options">How it was trained.</param>
/// <param name="Checkpoints">The steps with a checkpoint.</param>
/// <param name="Timing">How long it took.</param>
public sealed record TrainingResult(
    string Model,
    long Parameters,
    long NonEmbeddingParameters,
    long Steps,
    long Tokens,
    double FinalLoss,
    double? ValidationLoss,
    string WeightsHash,
    string MetricsHash,
    TrainingOptions Options,
    IReadOnlyList<long> Checkpoints,
    TrainingTiming Timing)
{
    /// <summary>Numbers in the adapter that was trained; null where all of the model were.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? TrainedParameters { get; init; }

    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    /// <summary>As it stands in <c>training.json</c>.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, JsonOptions) + "\n";

    /// <summary>Reads a <c>training.json</c>.</summary>
    /// <exception cref="InputException">It is missing or not one.</exception>
    public static TrainingResult Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingResult>(File.ReadAllBytes(path), JsonOptions)
                ?? throw new JsonException("found null");
        }
        catch (Exception error) when (error is JsonException or IOException)
        {
            throw new InputException(path, null, $"expected the result of a finished training run: {error.Message}", "Train the model; its folder then has this file.", error);
        }
    }
}

/// <summary>What a run cost on the machine that made it, over all its steps, those before a resume included.</summary>
/// <param name="Seconds">Wall time of all steps, without checkpoints and start-up.</param>
/// <param name="TokensPerSecond">Tokens over seconds.</param>
/// <param name="Mfu">Model FLOPs utilization against <paramref name="PeakTeraflops"/>.</param>
/// <param name="PeakTeraflops">The peak, in TFLOP/s.</param>
/// <param name="PeakSource">Where the peak is from: given in the options, or measured.</param>
/// <param name="PeakMemoryBytes">Largest resident memory after a step.</param>
/// <param name="Threads">Threads within an operation. The last bits of the weights depend on their number.</param>
public sealed record TrainingTiming(
    double Seconds,
    double TokensPerSecond,
    double Mfu,
    double PeakTeraflops,
    string PeakSource,
    long PeakMemoryBytes,
    int Threads);
