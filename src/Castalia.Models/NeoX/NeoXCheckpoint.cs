using System.Text.Json;
using Castalia.Formats;
using Castalia.Models.Architectures;
using TorchSharp;

namespace Castalia.Models;

/// <summary>
/// A model as GPT-NeoX keeps it: a folder <c>global_stepN</c> with a file a layer and rank of tensor parallelism
/// (<c>layer_XX-model_YY-model_states.pt</c>), its configuration in <c>global_stepN/configs</c>, and the file <c>latest</c> beside it. Ranks are put
/// together as GPT-NeoX's own conversion to HF does, for any number of them.
/// </summary>
public static class NeoXCheckpoint
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Whether a folder is a step's, or names one in its file <c>latest</c>. Looks at names only.</summary>
    public static bool Exists(string folder) => NeoXFolder.Find(folder) is not null;

    /// <summary>Reads a model's sizes and kinds; loads no libtorch.</summary>
    /// <param name="folder">The step's folder, or the one with <c>latest</c>.</param>
    /// <param name="config">GPT-NeoX's configuration (YAML) or HF's <c>config.json</c>; null for what the checkpoint has: a <c>config.json</c>, or
    /// <c>configs/*.yml</c>.</param>
    /// <exception cref="InputException">There is no checkpoint or no configuration, or it asks for what is not supported.</exception>
    public static TransformerConfig LoadConfig(string folder, string? config = null)
    {
        string step = Step(folder), parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(step)))!;
        string? json = config is null ? ((string[])[step, parent]).Select(place => Path.Combine(place, "config.json")).FirstOrDefault(File.Exists)
            : config.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && ConfigJson.Read(config).Has("model_type") ? config : null;
        if (json is not null)
            return KnownArchitectures.ReadConfig(ConfigJson.Read(json));
        string[]? files = config is not null ? [config] : ((string[])[step, parent])
            .Select(place => Path.Combine(place, NeoXFolder.Configs)).Where(Directory.Exists)
            .Select(place => Directory.EnumerateFiles(place).Where(file => Path.GetExtension(file) is ".yml" or ".yaml").Order(StringComparer.Ordinal).ToArray())
            .FirstOrDefault(found => found.Length > 0);
        if (files is null)
        {
            throw new InputException(step, NeoXFolder.Configs, "the checkpoint has no configuration beside it: neither configs/*.yml nor a config.json.",
                "Give the YAML file that the model was trained with, or its config.json in HF's layout.");
        }
        TransformerConfig read = NeoXConfig.Read(NeoXYaml.Read(files), Vocabulary(step));
        try
        {
            read.Validate();
        }
        catch (ArgumentException exception)
        {
            throw new InputException(files[0], null, exception.Message, "Correct the sizes in the file.", exception);
        }
        return read;
    }

    /// <summary>Reads a model, one tensor after the other.</summary>
    /// <param name="folder">The step's folder, or the one with <c>latest</c>.</param>
    /// <param name="config">Its configuration; see <see cref="LoadConfig"/>.</param>
    /// <param name="dtype">The type to compute in; weights of another type are converted while they are read.</param>
    /// <param name="requiresGrad">Whether autograd gives the parameters gradients.</param>
    /// <param name="progress">Told how many tensors are read.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="InputException">A file or tensor is missing, superfluous, damaged, or of another shape than the configuration says.</exception>
    public static Transformer Load(
        string folder, string? config = null, torch.ScalarType dtype = torch.ScalarType.Float32, bool requiresGrad = false,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        TransformerConfig read = LoadConfig(folder, config);
        using ITensorSource files = NeoXTensors.TryOpen(folder)!;
        return new Transformer(HuggingFaceFolder.LoadWeights(read, files, dtype, requiresGrad, progress, cancellation));
    }

    /// <summary>
    /// Writes a model's weights in their own type as a checkpoint that GPT-NeoX loads with <c>finetune: true</c> (there is no optimizer state in it). The
    /// step's folder appears whole or not at all, and then <c>latest</c> names it.
    /// </summary>
    /// <param name="weights">The weights.</param>
    /// <param name="folder">Where <c>global_stepN</c> is to be; made where it is not there.</param>
    /// <param name="step">The training step, N.</param>
    /// <param name="ranks">Over how many ranks of tensor parallelism the model is divided.</param>
    /// <param name="progress">Told the tensors written.</param>
    /// <param name="cancellation">Stops the writing.</param>
    /// <exception cref="ArgumentException">The model is of another architecture, or does not divide into that many ranks.</exception>
    /// <exception cref="InputException">The disk is full, the folder cannot be written to, or has this step already.</exception>
    public static void Save(
        TransformerWeights weights, string folder, long step = 0, int ranks = 1, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default) =>
        Save(
            weights.Config, parameter => weights[parameter.Canonical].dtype, parameter => parameter.Export(weights[parameter.Canonical]),
            folder, step, ranks, progress, cancellation);

    /// <summary>Writes a model of which one tensor at a time is made, in HF's layout, and disposed of.</summary>
    internal static void Save(
        TransformerConfig config, Func<HuggingFaceParameter, torch.ScalarType> typeOf, Func<HuggingFaceParameter, torch.Tensor> make,
        string folder, long step, int ranks, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfLessThan(ranks, 1);
        string yaml = NeoXConfig.Write(config, ranks).ToJsonString(Indented) + "\n"; // JSON is YAML, and what GPT-NeoX's own files look like
        string name = NeoXFolder.StepFolder(step), target = Path.Combine(folder, name);
        if (Directory.Exists(target))
            throw new InputException(target, null, "there is a checkpoint of this step already.", "Remove it, or write to another folder.");
        using AtomicFolder atomic = AtomicFolder.Create(target);
        new NeoXWriter(config, typeOf, make, atomic.Path, ranks).Write(step, progress, cancellation);
        AtomicFile.WriteAllText(Path.Combine(atomic.Path, NeoXFolder.Configs, "config.yml"), yaml);
        atomic.Commit();
        AtomicFile.WriteAllText(Path.Combine(folder, NeoXFolder.Latest), name);
    }

    private static string Step(string folder) => NeoXFolder.Find(folder) ?? throw new InputException(
        folder, null, $"it holds no files named {NeoXFolder.LayerFile(0, 0)} and so on, and no file '{NeoXFolder.Latest}' that names a folder with them.",
        "Point at a checkpoint's folder global_stepN, or at the folder that holds it.");

    private static int Vocabulary(string step)
    {
        const string Name = "word_embeddings.weight";
        long rows = 0;
        (_, IReadOnlyList<string> ranks) = NeoXFolder.Layers(step)[0];
        foreach (string path in ranks)
        {
            using PytorchFile file = PytorchFile.Open(path);
            if (!file.StateDict.TryGetValue(Name, out PytorchTensor? embedding) || embedding.Shape is not [long part, _])
                throw new InputException(path, $"tensor {Name}", "expected the embedding, a matrix, in the first layer's file.", "Fetch the checkpoint again, whole.");
            rows += part;
            if (rows is < 1 or > ConfigBounds.Vocabulary)
                throw new InputException(path, $"tensor {Name}", $"a vocabulary of {rows} is not one of any model.", "Fetch the checkpoint again, whole.");
        }
        return (int)rows;
    }
}
