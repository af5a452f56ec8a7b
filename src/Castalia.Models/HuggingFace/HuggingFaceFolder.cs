using System.Text.Json;
using System.Text.Json.Nodes;
using Castalia.Formats;
using Castalia.Models.Architectures;
using Castalia.Tensors;
using TorchSharp;

namespace Castalia.Models;

/// <summary>
/// A model as HF's transformers keeps it: <c>config.json</c> beside <c>model.safetensors</c> or <c>pytorch_model.bin</c>, or beside several files
/// and their <c>*.index.json</c>. Read through memory maps, written atomically, file by file. Where models are read, folders of GPT-NeoX's
/// (<see cref="NeoXCheckpoint"/>) do as well.
/// </summary>
public static class HuggingFaceFolder
{
    private const string ConfigName = "config.json", GenerationConfigName = "generation_config.json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Reads a model's sizes and kinds; loads no libtorch.</summary>
    /// <param name="folder">The model's folder, a configuration file, or a GGUF file.</param>
    /// <exception cref="InputException">The file is missing or not the configuration of a known architecture.</exception>
    public static TransformerConfig LoadConfig(string folder)
    {
        if (Gguf.GgufModelFile.Recognises(folder))
            return Gguf.GgufModelFile.LoadConfig(folder);
        if (Directory.Exists(folder) && !File.Exists(Path.Combine(folder, ConfigName)) && NeoXCheckpoint.Exists(folder))
            return NeoXCheckpoint.LoadConfig(folder);
        return KnownArchitectures.ReadConfig(ConfigJson.Read(Directory.Exists(folder) ? Path.Combine(folder, ConfigName) : folder));
    }

    /// <summary>Reads a model.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="dtype">The type to compute in; weights of another type are converted while they are read.</param>
    /// <param name="requiresGrad">Whether autograd gives the parameters gradients.</param>
    /// <param name="progress">Told how many tensors are read.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="InputException">A file or tensor is missing, superfluous or of another shape than the configuration says.</exception>
    public static Transformer Load(
        string folder, torch.ScalarType dtype = torch.ScalarType.Float32, bool requiresGrad = false,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default) =>
        new(LoadWeights(folder, dtype, requiresGrad, progress, cancellation));

    /// <summary>Reads a model's weights alone; see <see cref="Load"/>.</summary>
    /// <inheritdoc cref="Load"/>
    public static TransformerWeights LoadWeights(
        string folder, torch.ScalarType dtype = torch.ScalarType.Float32, bool requiresGrad = false,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        TransformerConfig config = LoadConfig(folder);
        using ITensorSource files = TensorSource.Open(folder);
        return LoadWeights(config, files, dtype, requiresGrad, progress, cancellation);
    }

    /// <summary>Reads the model of a configuration from files that hold its tensors by HF's names, one at a time.</summary>
    internal static TransformerWeights LoadWeights(
        TransformerConfig config, ITensorSource files, torch.ScalarType dtype, bool requiresGrad, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        IArchitecture architecture = KnownArchitectures.Of(config);
        IReadOnlyList<HuggingFaceParameter> parameters = architecture.Parameters(config);
        Func<string, string> stored = Check(files, parameters, architecture, config);

        var weights = new TransformerWeights(config, dtype, requiresGrad);
        try
        {
            for (int i = 0; i < parameters.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                using torch.Tensor source = files.Read(stored(parameters[i].Name));
                parameters[i].Import(source, weights[parameters[i].Canonical]);
                progress?.Report(new WorkProgress("load " + Path.GetFileName(files.Listing), i + 1, parameters.Count, "tensors"));
            }
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes a model's <c>config.json</c>, <c>generation_config.json</c> and <c>model.safetensors</c> into a folder, which is made where
    /// it is not there; each file appears whole or not at all. The weights are written in their own type.
    /// </summary>
    /// <param name="transformer">The model.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="progress">Told the bytes written.</param>
    /// <param name="cancellation">Stops the writing.</param>
    /// <exception cref="InputException">The disk is full, or the folder cannot be written to.</exception>
    public static void Save(
        Transformer transformer, string folder, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default) =>
        Save(transformer.Weights, folder, progress, cancellation);

    /// <summary>Writes a model given by its weights alone; see <see cref="Save(Transformer, string, IProgress{WorkProgress}?, CancellationToken)"/>.</summary>
    /// <inheritdoc cref="Save(Transformer, string, IProgress{WorkProgress}?, CancellationToken)"/>
    public static void Save(
        TransformerWeights weights, string folder, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        TransformerConfig config = weights.Config;
        IArchitecture architecture = KnownArchitectures.Of(config);
        JsonObject json = architecture.WriteConfig(config);
        json["dtype"] = DTypeName(weights.DType);       // transformers 5
        json["torch_dtype"] = DTypeName(weights.DType); // and before
        var generation = new JsonObject { ["bos_token_id"] = config.BeginTokenId, ["eos_token_id"] = config.EndTokenId };

        Directory.CreateDirectory(folder);
        AtomicFile.WriteAllText(Path.Combine(folder, ConfigName), json.ToJsonString(Indented) + "\n");
        AtomicFile.WriteAllText(Path.Combine(folder, GenerationConfigName), generation.ToJsonString(Indented) + "\n");
        SafetensorsWriter.Write(
            Path.Combine(folder, SafetensorsModelFiles.SingleName),
            [.. architecture.Parameters(config).Select(parameter => Source(parameter, weights))],
            new Dictionary<string, string> { ["format"] = "pt" }, progress, cancellation);
    }

    /// <summary>One tensor of a file; it is laid out as HF has it only while it is written.</summary>
    private static SafetensorsSource Source(HuggingFaceParameter parameter, TransformerWeights weights)
    {
        torch.Tensor canonical = weights[parameter.Canonical];
        return TensorFiles.Source(parameter.Name, canonical.dtype, parameter.Shape, () => parameter.Export(canonical));
    }

    internal static string DTypeName(torch.ScalarType dtype) => dtype switch
    {
        torch.ScalarType.Float32 => "float32",
        torch.ScalarType.BFloat16 => "bfloat16",
        torch.ScalarType.Float16 => "float16",
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "A model is written as float32, bfloat16 or float16."),
    };

    /// <summary>Refuses files that do not hold exactly the model's tensors; gives the names by which the files have them.</summary>
    internal static Func<string, string> Check(
        ITensorSource files, IReadOnlyList<HuggingFaceParameter> parameters, IArchitecture architecture, TransformerConfig config)
    {
        const string Remedy = "Fetch the model again, or see whether config.json belongs to these weights.";
        bool bare = architecture.Prefix is { } prefix && !files.Tensors.Keys.Any(name => name.StartsWith(prefix, StringComparison.Ordinal));
        HashSet<string> wanted = new(StringComparer.Ordinal);
        foreach (HuggingFaceParameter parameter in parameters)
        {
            string name = Stored(parameter.Name);
            wanted.Add(name);
            if (!files.Tensors.TryGetValue(name, out StoredTensor? tensor))
                throw new InputException(files.Listing, $"tensor {name}", "config.json asks for this tensor and it is not there.", Remedy);
            if (!tensor.Shape.AsSpan().SequenceEqual(parameter.Shape))
            {
                throw new InputException(
                    tensor.File, $"tensor {name}",
                    $"config.json asks for the shape [{string.Join(", ", parameter.Shape)}], found [{string.Join(", ", tensor.Shape)}].", Remedy);
            }
            if (tensor.DType is not (SafetensorsDType.F32 or SafetensorsDType.BF16 or SafetensorsDType.F16 or SafetensorsDType.F64))
                throw new InputException(tensor.File, $"tensor {name}", $"expected F32, BF16, F16 or F64, found {tensor.DType.Name()}.", Remedy);
        }
        string? extra = files.Tensors.Keys.FirstOrDefault(name => !wanted.Contains(name) && !architecture.Ignores(name, config) && !(bare && architecture.Ignores(architecture.Prefix + name, config)));
        if (extra is not null)
            throw new InputException(files.Tensors[extra].File, $"tensor {extra}", "config.json describes a model without such a tensor.", Remedy);
        return Stored;

        string Stored(string name) => bare && name.StartsWith(architecture.Prefix!, StringComparison.Ordinal) ? name[architecture.Prefix!.Length..] : name;
    }
}
