using Castalia.Formats;
using Castalia.Models;
using Castalia.Tensors;
using TorchSharp;

namespace Castalia.Training;

/// <summary>
/// A checkpoint's folder: a model folder as transformers reads it (<c>config.json</c>, <c>model.safetensors</c> with the fp32 master weights,
/// <c>tokenizer.json</c>) or an adapter's as PEFT does (<see cref="PeftFolder"/>), beside it AdamW's state (<c>optimizer.safetensors</c>) and the record of all (<c>checkpoint.json</c>).
/// </summary>
public static class Checkpoint
{
    /// <summary>The model's weights, in fp32.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>AdamW's state: <c>exp_avg.{parameter}</c> and <c>exp_avg_sq.{parameter}</c>, by the parameters' canonical names.</summary>
    public const string OptimizerFile = "optimizer.safetensors";

    private const string TokenizerFile = "tokenizer.json";
    private const string MeanPrefix = "exp_avg.";
    private const string VariancePrefix = "exp_avg_sq.";

    /// <summary>Hashes every file of a checkpoint and compares it with the record.</summary>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <returns>The record.</returns>
    /// <exception cref="InputException">A file is missing or its bytes are not those that were written.</exception>
    public static CheckpointRecord Verify(string folder)
    {
        CheckpointRecord record = CheckpointRecord.Read(folder);
        string remedy = $"Delete {folder}; the run then resumes from the checkpoint before it.";
        foreach (string name in (ReadOnlySpan<string>)[record.WeightsFile, OptimizerFile])
        {
            if (!record.Files.ContainsKey(name))
                throw new InputException(Path.Combine(folder, CheckpointRecord.FileName), "files", $"expected a hash of {name}, found none.", remedy);
        }
        foreach ((string name, string expected) in record.Files)
        {
            string path = Path.Combine(folder, name);
            if (!File.Exists(path))
                throw new InputException(path, null, $"the checkpoint's record names this file with SHA-256 {expected}, and it is not there.", remedy);
            string found = ContentHash.OfFile(path);
            if (found != expected)
                throw new InputException(path, null, $"the file is not what was written: expected SHA-256 {expected}, found {found}.", remedy);
        }
        return record;
    }

    /// <summary>Writes a checkpoint under its name when all of it is on the disk, replacing what stood there.</summary>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <param name="step">The model and its optimizer.</param>
    /// <param name="job">How it is trained, and what is copied.</param>
    /// <param name="baseHash">The hash of the model that training began with; null where weights were drawn.</param>
    /// <param name="validationLoss">The validation loss, if one was taken.</param>
    /// <exception cref="InputException">It cannot be written: the disk is full.</exception>
    internal static void Write(
        string folder, TrainingStep step, TrainingJob job, string? baseHash, double? validationLoss)
    {
        TrainingOptions options = job.Options;
        using AtomicFolder target = AtomicFolder.Create(folder);
        if (step.Adapter is { } adapter)
            PeftFolder.Save(adapter, target.Path);
        else
            HuggingFaceFolder.Save(step.Weights, target.Path);
        WriteOptimizer(Path.Combine(target.Path, OptimizerFile), step.Optimizer);
        if (job.TokenizerPath is { } tokenizer)
            AtomicFile.WriteAllBytes(Path.Combine(target.Path, TokenizerFile), File.ReadAllBytes(tokenizer));
        foreach ((string name, string text) in job.Companions)
            AtomicFile.WriteAllText(Path.Combine(target.Path, name), text);

        long updates = step.Optimizer.StepCount;
        var record = new CheckpointRecord
        {
            Step = updates,
            Tokens = updates * options.TokensPerStep,
            NextSample = updates * options.BatchSize,
            Random = new RandomState(options.Seed, job.Initialization, DrawsSinceInitialization: 0),
            Base = baseHash,
            Lora = job.Lora is null ? null : job.Lora with { BaseModel = null },
            Options = options,
            OptionsHash = CheckpointRecord.HashOf(options),
            Previous = CheckpointSchedule.Of(options).Before(updates) is long previous ? RunFolder.NameOf(previous) : null,
            ValidationLoss = validationLoss,
            Files = new SortedDictionary<string, string>(
                Directory.GetFiles(target.Path).ToDictionary(file => Path.GetFileName(file), file => ContentHash.OfFile(file)), StringComparer.Ordinal),
        };
        AtomicFile.WriteAllText(Path.Combine(target.Path, CheckpointRecord.FileName), record.ToJson());
        target.Commit();
    }

    /// <summary>Loads weights and optimizer of a checkpoint that <see cref="Verify"/> has passed.</summary>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <param name="record">Its record.</param>
    /// <param name="step">What to load into.</param>
    /// <exception cref="InputException">The checkpoint is of another model.</exception>
    internal static void Restore(string folder, CheckpointRecord record, TrainingStep step)
    {
        if (step.Adapter is { } adapter)
        {
            using LoraAdapter saved = PeftFolder.Load(folder, adapter.Model);
            adapter.Flat.CopyFrom(saved.Flat);
        }
        else
        {
            RestoreWeights(folder, step);
        }
        string path = Path.Combine(folder, OptimizerFile);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Load(file, MeanPrefix, step.Optimizer.Mean);
        Load(file, VariancePrefix, step.Optimizer.Variance);
        step.Optimizer.StepCount = record.Step;
        step.RefreshModel();
    }

    private static void RestoreWeights(string folder, TrainingStep step)
    {
        TransformerConfig found = HuggingFaceFolder.LoadConfig(folder);
        if (found != step.Weights.Config)
        {
            throw new InputException(folder, "config.json", $"the checkpoint is of another model: expected {step.Weights.Config}, found {found}.",
                "Train into another folder, or delete this run's folder to train it anew.");
        }
        using TransformerWeights saved = HuggingFaceFolder.LoadWeights(folder, torch.ScalarType.Float32);
        step.Weights.Flat.CopyFrom(saved.Flat);
    }

    private static void WriteOptimizer(string path, FusedAdamW optimizer) =>
        SafetensorsWriter.Write(path, [.. Sources(MeanPrefix, optimizer.Mean), .. Sources(VariancePrefix, optimizer.Variance)]);

    private static IEnumerable<SafetensorsSource> Sources(string prefix, FlatTensors state) =>
        state.Specs.Select(spec => TensorFiles.Source(prefix + spec.Name, state[spec.Name]));

    private static void Load(SafetensorsFile file, string prefix, FlatTensors state)
    {
        foreach (TensorSpec spec in state.Specs)
        {
            SafetensorsEntry entry = file[prefix + spec.Name];
            if (entry.DType != SafetensorsDType.F32 || !entry.Shape.AsSpan().SequenceEqual([.. spec.Shape]))
            {
                throw new InputException(file.Path, $"tensor {entry.Name}",
                    $"expected F32 [{string.Join(", ", spec.Shape)}], found {entry.DType} [{string.Join(", ", entry.Shape)}].", "Train into another folder.");
            }
            using torch.Tensor saved = TensorFiles.Read(file, entry);
            state[spec.Name].copy_(saved);
        }
    }
}
