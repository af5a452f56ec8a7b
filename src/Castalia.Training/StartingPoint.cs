using Castalia.Formats;
using Castalia.Models;
using TorchSharp;

namespace Castalia.Training;

/// <summary>What a run begins with: weights to be drawn, or those of a model that there is already.</summary>
internal static class StartingPoint
{
    /// <summary>Makes ready to train. Weights and adapters to be drawn are still zero.</summary>
    /// <exception cref="InputException">The model to start from is missing, damaged, another than the job says, or has too few positions.</exception>
    public static TrainingStep NewStep(TrainingJob job, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        job.Lora?.Validate(job.Name);
        if (job.StartFrom is not { } folder)
        {
            return job.Lora is null ? new TrainingStep(new TransformerWeights(job.Model), job.Options)
                : throw new InputException(job.Name, null, "an adapter stands beside the weights of a model, and none is named to start from.", "Say start_from.");
        }
        RequireModel(job, folder);
        if (job.Lora is not { } lora)
            return new TrainingStep(HuggingFaceFolder.LoadWeights(folder, torch.ScalarType.Float32, false, progress, cancellation), job.Options);
        var adapter = new LoraAdapter(job.Model, lora); // names that mean nothing are found before a large file is read
        return new TrainingStep(HuggingFaceFolder.LoadWeights(folder, TrainingStep.TypeOf(job.Options.Precision), false, progress, cancellation), adapter, job.Options);
    }

    /// <summary>SHA-256 over the names and contents of the files of the model that a run starts from; null where weights are drawn.</summary>
    /// <exception cref="InputException">A checkpoint is not what was written.</exception>
    public static string? HashOf(TrainingJob job, CancellationToken cancellation)
    {
        if (job.StartFrom is not { } folder)
            return null;
        if (File.Exists(Path.Combine(folder, CheckpointRecord.FileName)))
            Checkpoint.Verify(folder);
        using ITensorSource files = TensorSource.Open(folder);
        string config = Path.Combine(folder, "config.json");
        IEnumerable<string> all = files.Tensors.Values.Select(tensor => tensor.File).Concat(File.Exists(config) ? [config] : []).Distinct().Order(StringComparer.Ordinal);
        return ContentHash.OfText(string.Concat(all.Select(file => $"{Path.GetFileName(file)} {ContentHash.OfFile(file, null, cancellation)}\n")));
    }

    private static void RequireModel(TrainingJob job, string folder)
    {
        if (PeftFolder.IsAdapter(folder) && !File.Exists(Path.Combine(folder, "config.json")))
            throw new InputException(folder, null, "it holds an adapter, not a model.", "Merge it into its base with 'castalia merge-adapter BASE ADAPTER OUT', and start from that.");
        TransformerConfig found = HuggingFaceFolder.LoadConfig(folder);
        if (found != job.Model)
            throw new InputException(folder, "config.json", $"expected the model {job.Model}, found {found}.", "Start from the model that the job names.");
        if (found.Position is LearnedPositions && job.Options.SequenceLength > found.MaxPositions)
        {
            throw new InputException(folder, "config.json", $"the model has learned {found.MaxPositions} positions, and sequence_length is {job.Options.SequenceLength}.",
                $"Lower sequence_length to {found.MaxPositions} at most.");
        }
    }
}
