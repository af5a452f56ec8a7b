using System.Globalization;
using Castalia.Models;
using Castalia.Text;
using Castalia.Training;

namespace Castalia.Recipes.Stages.Kinds;

/// <summary>A model folder, or an adapter's beside its base, and the step it stands for.</summary>
/// <param name="Folder">
/// An HF folder (<c>config.json</c>, <c>model.safetensors</c>, <c>tokenizer.json</c>), or an adapter's (<c>adapter_config.json</c>), whose base is the one that it names.
/// </param>
/// <param name="Step">The training step; null for a model that is not one of a run.</param>
public sealed record ModelCheckpoint(string Folder, long? Step)
{
    /// <summary>An adapter's folder to be laid over the model in <see cref="Folder"/>; null for none.</summary>
    public string? Adapter { get; init; }

    /// <summary>The folder's own name: <c>step512</c>, or the model's.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder)));

    /// <summary>The model itself if the path is a model folder, else every <c>step{N}</c> folder in it, in the order of the steps.</summary>
    /// <param name="path">A model's or an adapter's folder, or a folder of checkpoints of either.</param>
    /// <param name="adapter">An adapter's folder to be laid over each; null for none.</param>
    /// <exception cref="InputException">The path holds neither.</exception>
    public static IReadOnlyList<ModelCheckpoint> In(string path, string? adapter = null)
    {
        if (File.Exists(Path.Combine(path, "config.json")) || PeftFolder.IsAdapter(path))
            return [new ModelCheckpoint(path, StepOf(path)) { Adapter = adapter }];
        ModelCheckpoint[] steps = !Directory.Exists(path) ? [] :
            [.. Directory.EnumerateDirectories(path, "step*")
                .Select(folder => new ModelCheckpoint(folder, StepOf(folder)) { Adapter = adapter })
                .Where(checkpoint => checkpoint.Step is not null)
                .OrderBy(checkpoint => checkpoint.Step)];
        return steps.Length > 0 ? steps
            : throw new InputException(path, null, "expected a model folder (config.json, model.safetensors) or a folder of checkpoints (step0, step1, ...); found neither.", "Correct --model, or train first.");
    }

    /// <summary>Reads the model. A checkpoint of a run is compared with the hashes it was written with first.</summary>
    /// <exception cref="InputException">A file is missing, malformed or not what was written.</exception>
    public Transformer LoadModel(InferencePrecision precision)
    {
        (string model, string? adapter) = Parts();
        foreach (string folder in new[] { model, adapter }.OfType<string>().Where(folder => File.Exists(Path.Combine(folder, CheckpointRecord.FileName))))
            Checkpoint.Verify(folder);
        return AdaptedModel.Load(model, adapter, precision);
    }

    /// <summary>Reads the tokenizer beside the model.</summary>
    /// <exception cref="InputException">There is none, or it is not one.</exception>
    public Tokenizer LoadTokenizer() => Tokenizer.Load(TokenizerFolder());

    /// <summary>Reads the model with its tokenizer and the tokens that end its texts.</summary>
    /// <param name="precision">The type to compute in.</param>
    /// <param name="warning">Told what is worth knowing and no error.</param>
    /// <exception cref="InputException">A file is missing, malformed or not what was written.</exception>
    public TextGenerator LoadGenerator(InferencePrecision precision, Action<string>? warning = null)
    {
        Tokenizer tokenizer = LoadTokenizer();
        Transformer model = LoadModel(precision);
        return TextGenerator.Of(model, tokenizer, Parts().Model, warning);
    }

    private (string Model, string? Adapter) Parts() => PeftFolder.IsAdapter(Folder) && !File.Exists(Path.Combine(Folder, "config.json"))
        ? (AdaptedModel.BaseOf(Folder), Folder)
        : (Folder, Adapter);

    // An adapter that was trained with a tokenizer of its own brings it along.
    private string TokenizerFolder()
    {
        (string model, string? adapter) = Parts();
        return adapter is not null && File.Exists(Path.Combine(adapter, "tokenizer.json")) ? adapter : model;
    }

    private static long? StepOf(string folder)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return name.StartsWith("step", StringComparison.Ordinal) && long.TryParse(name.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out long step) ? step : null;
    }
}
