using System.Text.Json;
using System.Text.Json.Nodes;
using Castalia.Formats;
using Castalia.Models.Architectures;
using Castalia.Tensors;
using TorchSharp;

namespace Castalia.Models;

/// <summary>
/// A model as HF's transformers keeps it: <c>config.json</c> beside <c>model.safetensors</c>, or beside several files and
/// <c>model.safetensors.index.json</c>. Read through memory maps, written atomically, file by file.
/// </summary>
public static class HuggingFaceFolder
{
    private const string ConfigName = "config.json", GenerationConfigName = "generation_config.json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Reads a model's sizes and kinds; loads no libtorch.</summary>
    /// <param name="folder">The model's folder, or a configuration file.</param>
    /// <exception cref="InputException">The file is missing or not the configuration of a known architecture.</exception>
    public static TransformerConfig LoadConfig(string folder)
    {
        ConfigJson json = ConfigJson.Read(Directory.Exists(folder) ? Path.Combine(folder, ConfigName) : folder);
        IArchitecture architecture = KnownArchitectures.Find(json.Text("model_type"))
            ?? throw json.Unknown("model_type", KnownArchitectures.All.Select(known => known.ModelType));
        return architecture.ReadConfig(json);
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
        IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        TransformerConfig config = LoadConfig(folder);
        IArchitecture architecture = KnownArchitectures.Of(config);
        using ModelFiles files = ModelFiles.Open(folder);
        IReadOnlyList<HuggingFaceParameter> parameters = architecture.Parameters(config);
        Check(files, parameters, name => architecture.Ignores(name, config));

        var weights = new TransformerWeights(config, dtype, requiresGrad);
        try
        {
            for (int i = 0; i < parameters.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                (SafetensorsFile file, SafetensorsEntry entry) = files[parameters[i].Name]!.Value;
                using torch.Tensor source = TensorFiles.Read(file, entry);
                parameters[i].Import(source, weights[parameters[i].Canonical]);
                progress?.Report(new WorkProgress("load " + Path.GetFileName(Path.GetFullPath(folder)), i + 1, parameters.Count, "tensors"));
            }
            return new Transformer(weights);
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
            Path.Combine(folder, ModelFiles.SingleName),
            [.. architecture.Parameters(config).Select(parameter => Source(parameter, weights))],
            new Dictionary<string, string> { ["format"] = "pt" }, progress, cancellation);
    }

    /// <summary>One tensor of a file; it is laid out as HF has it only while it is written.</summary>
    private static SafetensorsSource Source(HuggingFaceParameter parameter, TransformerWeights weights)
    {
        torch.Tensor canonical = weights[parameter.Canonical];
        return TensorFiles.Source(parameter.Name, canonical.dtype, parameter.Shape, () => parameter.Export(canonical));
    }

    private static string DTypeName(torch.ScalarType dtype) => dtype switch
    {
        torch.ScalarType.Float32 => "float32",
        torch.ScalarType.BFloat16 => "bfloat16",
        torch.ScalarType.Float16 => "float16",
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "A model is written as float32, bfloat16 or float16."),
    };

    /// <summary>Refuses files that do not hold exactly the model's tensors.</summary>
    private static void Check(ModelFiles files, IReadOnlyList<HuggingFaceParameter> parameters, Func<string, bool> ignored)
    {
        const string Remedy = "Fetch the model again, or see whether config.json belongs to these weights.";
        foreach (HuggingFaceParameter parameter in parameters)
        {
            if (files[parameter.Name] is not var (file, entry))
                throw new InputException(files.Listing, $"tensor {parameter.Name}", "config.json asks for this tensor and it is not there.", Remedy);
            if (!entry.Shape.AsSpan().SequenceEqual(parameter.Shape))
            {
                throw new InputException(
                    file.Path, $"tensor {entry.Name}",
                    $"config.json asks for the shape [{string.Join(", ", parameter.Shape)}], found [{string.Join(", ", entry.Shape)}].", Remedy);
            }
            if (entry.DType is not (SafetensorsDType.F32 or SafetensorsDType.BF16 or SafetensorsDType.F16 or SafetensorsDType.F64))
                throw new InputException(file.Path, $"tensor {entry.Name}", $"expected F32, BF16, F16 or F64, found {entry.DType.Name()}.", Remedy);
        }
        HashSet<string> wanted = [.. parameters.Select(parameter => parameter.Name)];
        string? extra = files.Names.FirstOrDefault(name => !wanted.Contains(name) && !ignored(name));
        if (extra is not null)
            throw new InputException(files[extra]!.Value.File.Path, $"tensor {extra}", "config.json describes a model without such a tensor.", Remedy);
    }
}
