using System.Globalization;
using Castalia.Models;
using Castalia.Text;
using Castalia.Training;
using TorchSharp;

namespace Castalia.Recipes.Stages.Kinds;

/// <summary>A model folder, and the step it stands for.</summary>
/// <param name="Folder">An HF folder: <c>config.json</c>, <c>model.safetensors</c>, <c>tokenizer.json</c>.</param>
/// <param name="Step">The training step; null for a model that is not one of a run.</param>
public sealed record ModelCheckpoint(string Folder, long? Step)
{
    /// <summary>The folder's own name: <c>step512</c>, or the model's.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder)));

    /// <summary>The model itself if the path is a model folder, else every <c>step{N}</c> folder in it, in the order of the steps.</summary>
    /// <exception cref="InputException">The path holds neither.</exception>
    public static IReadOnlyList<ModelCheckpoint> In(string path)
    {
        if (File.Exists(Path.Combine(path, "config.json")))
            return [new ModelCheckpoint(path, StepOf(path))];
        ModelCheckpoint[] steps = !Directory.Exists(path) ? [] :
            [.. Directory.EnumerateDirectories(path, "step*")
                .Select(folder => new ModelCheckpoint(folder, StepOf(folder)))
                .Where(checkpoint => checkpoint.Step is not null)
                .OrderBy(checkpoint => checkpoint.Step)];
        return steps.Length > 0 ? steps
            : throw new InputException(path, null, "expected a model folder (config.json, model.safetensors) or a folder of checkpoints (step0, step1, ...); found neither.", "Correct --model, or train first.");
    }

    /// <summary>Reads the model. A checkpoint of a run is compared with the hashes it was written with first.</summary>
    /// <exception cref="InputException">A file is missing, malformed or not what was written.</exception>
    public Transformer LoadModel(TrainingPrecision precision)
    {
        if (File.Exists(Path.Combine(Folder, CheckpointRecord.FileName)))
            Checkpoint.Verify(Folder);
        return HuggingFaceFolder.Load(Folder, precision == TrainingPrecision.BFloat16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32);
    }

    /// <summary>Reads the tokenizer beside the model.</summary>
    /// <exception cref="InputException">There is none, or it is not one.</exception>
    public Tokenizer LoadTokenizer() => Tokenizer.Load(Path.Combine(Folder, "tokenizer.json"));

    /// <summary>Reads the model with its tokenizer and the tokens that end its texts.</summary>
    /// <param name="precision">The type to compute in.</param>
    /// <param name="warning">Told what is worth knowing and no error.</param>
    /// <exception cref="InputException">A file is missing, malformed or not what was written.</exception>
    public TextGenerator LoadGenerator(TrainingPrecision precision, Action<string>? warning = null)
    {
        Tokenizer tokenizer = Tokenizer.Load(Folder);
        Transformer model = LoadModel(precision);
        return TextGenerator.Of(model, tokenizer, Folder, warning);
    }

    private static long? StepOf(string folder)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return name.StartsWith("step", StringComparison.Ordinal) && long.TryParse(name.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out long step) ? step : null;
    }
}
