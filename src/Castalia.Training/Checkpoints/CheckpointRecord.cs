using System.Text.Json;
using System.Text.Json.Serialization;
using Castalia.Formats;
using Castalia.Models;

namespace Castalia.Training;

/// <summary>
/// <c>checkpoint.json</c>: where a run stood and what its files' bytes are. It holds nothing that differs between two runs of one recipe, so
/// equal checkpoints are equal files.
/// </summary>
public sealed record CheckpointRecord
{
    /// <summary>The file's name in a checkpoint's folder.</summary>
    public const string FileName = "checkpoint.json";

    private const int LargestFile = 1 << 20;

    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>What kind of file this is, with the version of its layout.</summary>
    public string Format { get; init; } = CurrentFormat;

    /// <summary>Updates made.</summary>
    public required long Step { get; init; }

    /// <summary>Tokens trained on.</summary>
    public required long Tokens { get; init; }

    /// <summary>Data position: index, in the run's sample order, of the first sample of the next batch.</summary>
    public required long NextSample { get; init; }

    /// <summary>Where randomness stands.</summary>
    public required RandomState Random { get; init; }

    /// <summary>SHA-256 over the files of the model that the run began with; null where its weights were drawn.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Base { get; init; }

    /// <summary>The adapter that is trained; null where all weights are.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LoraConfig? Lora { get; init; }

    /// <summary>The settings that decide the result.</summary>
    public required TrainingOptions Options { get; init; }

    /// <summary>SHA-256 of the settings as <see cref="TrainingOptions.ToJson"/> writes them.</summary>
    public required string OptionsHash { get; init; }

    /// <summary>The folder's name of the checkpoint before this one in the schedule; null for the first.</summary>
    public required string? Previous { get; init; }

    /// <summary>Mean cross-entropy over the validation batches, in nats; null where none was taken.</summary>
    public required double? ValidationLoss { get; init; }

    /// <summary>SHA-256, lower-case hex, of every other file of the checkpoint by name.</summary>
    public required SortedDictionary<string, string> Files { get; init; }

    /// <summary>The file with what was trained.</summary>
    [JsonIgnore]
    public string WeightsFile => Lora is null ? Checkpoint.WeightsFile : PeftFolder.WeightsFile;

    /// <summary>SHA-256 of that file.</summary>
    [JsonIgnore]
    public string Weights => Files[WeightsFile];

    private static string CurrentFormat => "castalia-checkpoint-1";

    /// <summary>Reads the record of a checkpoint's folder and checks that its parts agree with each other. Hashes nothing: <see cref="Checkpoint.Verify"/> does.</summary>
    /// <exception cref="InputException">There is none, or it is not one.</exception>
    public static CheckpointRecord Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        CheckpointRecord? record;
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
                throw new InputException(path, null, "the folder is not a checkpoint of a training run: it has no such file.", "Name a step's folder under checkpoints/.");
            if (file.Length > LargestFile)
                throw Broken(path, $"expected at most {LargestFile} bytes, found {file.Length}.");
            record = JsonSerializer.Deserialize<CheckpointRecord>(File.ReadAllBytes(path), JsonOptions);
        }
        catch (JsonException error)
        {
            throw Broken(path, $"expected a checkpoint's record: {error.Message}", error);
        }
        if (record is null)
            throw Broken(path, "expected a checkpoint's record, found null.");
        record.Check(path);
        return record;
    }

    /// <summary>The record as it stands in the file.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, JsonOptions) + "\n";

    private void Check(string path)
    {
        if (Format != CurrentFormat)
            throw Broken(path, $"expected format {CurrentFormat}, found {Format}.");
        Options.Validate(path);
        if (OptionsHash != HashOf(Options))
            throw Broken(path, $"expected options_hash {HashOf(Options)} from the options in the file, found {OptionsHash}.");
        if (Step < 0 || Step > Options.Steps || Tokens != Step * Options.TokensPerStep || NextSample != Step * Options.BatchSize)
            throw Broken(path, $"step {Step}, tokens {Tokens} and next_sample {NextSample} do not belong together at batch size {Options.BatchSize} and sequence length {Options.SequenceLength}.");
        if (Files.Keys.FirstOrDefault(name => name != Path.GetFileName(name) || name is "" or "." or "..") is string outside)
            throw Broken(path, $"expected names of files in this folder, found '{outside}'.");
    }

    /// <summary>The hash that <see cref="OptionsHash"/> holds.</summary>
    internal static string HashOf(TrainingOptions options) => ContentHash.OfText(options.ToJson());

    private static InputException Broken(string path, string problem, Exception? inner = null) =>
        new(path, null, problem, $"Delete {Path.GetDirectoryName(path)}; the run then resumes from the checkpoint before it.", inner);
}

/// <summary>Where a run's randomness stands: with its first weights, because nothing is drawn at random once training has begun.</summary>
/// <param name="InitializationSeed">Seed of the weights, or of the adapter, at step 0.</param>
/// <param name="Initialization">How those weights were drawn; without meaning where training began with those of a model.</param>
/// <param name="DrawsSinceInitialization">Random numbers drawn since; always 0, as Pythia trains without dropout and the sample order is fixed beforehand.</param>
public sealed record RandomState(long InitializationSeed, WeightInit Initialization, long DrawsSinceInitialization);
