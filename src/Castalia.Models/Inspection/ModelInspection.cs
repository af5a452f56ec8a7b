using System.Globalization;
using Castalia.Formats;
using Castalia.Models.Architectures;
using Castalia.Tensors;
using TorchSharp;

namespace Castalia.Models;

/// <summary>What a model's folder or one file of weights holds.</summary>
public sealed record ModelInspection
{
    /// <summary>The folder or file.</summary>
    public required string Path { get; init; }

    /// <summary>What it is: <c>Hugging Face model</c>, <c>GPT-NeoX checkpoint</c>, <c>safetensors</c>, <c>PyTorch</c>, <c>GGUF 3</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>HF's <c>model_type</c> or GGUF's architecture; null where nothing says.</summary>
    public string? Architecture { get; init; }

    /// <summary>The model's configuration; null for a file without one.</summary>
    public TransformerConfig? Config { get; init; }

    /// <summary>The file's own metadata, of a list only how much and of what; empty where it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Numbers of weights by part: embedding, attention, mlp, norms, unembedding. Everything under <c>weights</c> where no configuration tells parts apart.</summary>
    public required IReadOnlyDictionary<string, long> Parameters { get; init; }

    /// <summary>Bytes by element type.</summary>
    public required IReadOnlyDictionary<string, long> Bytes { get; init; }

    /// <summary>The tensors by name.</summary>
    public required IReadOnlyList<InspectedTensor> Tensors { get; init; }

    /// <summary>One hash for all weights: of the tensors' names and hashes in the order of the names; null where they were not hashed.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Looks into a folder or file.</summary>
    /// <param name="path">A model's folder, a safetensors or a GGUF file, or another file of weights that <see cref="TensorSource"/> opens.</param>
    /// <param name="hashes">Whether to read and hash every tensor.</param>
    /// <param name="progress">Told the tensors hashed.</param>
    /// <param name="cancellation">Stops between tensors.</param>
    /// <exception cref="InputException">It is not there, or damaged.</exception>
    public static ModelInspection Of(string path, bool hashes, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (Gguf.GgufModelFile.Recognises(path))
            return OfGguf(path, hashes, progress, cancellation);
        TransformerConfig? config = Directory.Exists(path) ? HuggingFaceFolder.LoadConfig(path) : null;
        IReadOnlyDictionary<string, string> parts = config is null ? new Dictionary<string, string>() : Parts(config);
        using ITensorSource source = TensorSource.Open(path);
        StoredTensor[] ordered = [.. source.Tensors.Values.OrderBy(tensor => tensor.Name, StringComparer.Ordinal)];
        string name = System.IO.Path.GetFileName(System.IO.Path.GetFullPath(path));
        var tensors = new List<InspectedTensor>();
        foreach (StoredTensor stored in ordered)
        {
            cancellation.ThrowIfCancellationRequested();
            string? hash = null;
            if (hashes)
            {
                using torch.Tensor tensor = source.Read(stored.Name);
                hash = TensorFiles.Hash(tensor);
                progress?.Report(new WorkProgress("hash " + name, tensors.Count + 1, ordered.Length, "tensors"));
            }
            tensors.Add(new InspectedTensor(
                stored.Name, stored.DType.Name(), stored.Shape, stored.DType.ByteLength(stored.Shape) ?? 0, parts.GetValueOrDefault(stored.Name), System.IO.Path.GetFileName(stored.File), hash));
        }
        return Make(path, KindOf(path, config), config?.Architecture, config, [], tensors);
    }

    private static string KindOf(string path, TransformerConfig? config) => config is not null
        ? File.Exists(System.IO.Path.Combine(path, "config.json")) ? "Hugging Face model" : "GPT-NeoX checkpoint"
        : PytorchFile.Begins(path) ? "PyTorch" : System.IO.Path.GetExtension(path).TrimStart('.');

    private static ModelInspection OfGguf(string path, bool hashes, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        using GgufFile file = GgufFile.Open(path);
        var tensors = new List<InspectedTensor>();
        foreach (GgufTensor tensor in file.InFileOrder.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            cancellation.ThrowIfCancellationRequested();
            string? hash = hashes ? ContentHash.OfBytes(file.Bytes(tensor)) : null;
            progress?.Report(new WorkProgress("hash " + System.IO.Path.GetFileName(path), tensors.Count + 1, file.Tensors.Count, "tensors"));
            tensors.Add(new InspectedTensor(tensor.Name, tensor.Type.ToString(), tensor.Shape, tensor.Length, null, System.IO.Path.GetFileName(path), hash));
        }
        var metadata = file.Metadata.ToDictionary(pair => pair.Key, pair => Shown(pair.Value));
        return Make(path, $"GGUF {file.Version}", metadata.GetValueOrDefault("general.architecture"), null, metadata, tensors);
    }

    private static string Shown(GgufValue value) => value.Type switch
    {
        GgufValueType.String => value.AsString(),
        GgufValueType.Bool => value.AsBool() ? "true" : "false",
        GgufValueType.Float32 or GgufValueType.Float64 => value.AsFloat().ToString("g9", CultureInfo.InvariantCulture),
        GgufValueType.Array => string.Create(CultureInfo.InvariantCulture, $"{value.Count:N0} of type {value.ElementType}"),
        _ => value.AsInteger().ToString(CultureInfo.InvariantCulture),
    };

    private static ModelInspection Make(
        string path, string kind, string? architecture, TransformerConfig? config, Dictionary<string, string> metadata, List<InspectedTensor> tensors)
    {
        string? hash = tensors.Any(tensor => tensor.Sha256 is null) ? null
            : ContentHash.OfText(string.Concat(tensors.Select(tensor => $"{tensor.Name}\n{tensor.Sha256}\n")));
        return new ModelInspection
        {
            Path = path,
            Kind = kind,
            Architecture = architecture,
            Config = config,
            Metadata = metadata,
            Parameters = Sums(tensors.Where(tensor => tensor.Part != "buffers"), tensor => tensor.Part ?? "weights", tensor => tensor.Count),
            Bytes = Sums(tensors, tensor => tensor.DType, tensor => tensor.Bytes),
            Tensors = tensors,
            Sha256 = hash,
        };

        static Dictionary<string, long> Sums(IEnumerable<InspectedTensor> all, Func<InspectedTensor, string> by, Func<InspectedTensor, long> of) =>
            all.GroupBy(by).ToDictionary(group => group.Key, group => group.Sum(of));
    }

    /// <summary>The part of a model that each of its tensors belongs to; what the model does not need is a buffer.</summary>
    private static Dictionary<string, string> Parts(TransformerConfig config)
    {
        IArchitecture architecture = KnownArchitectures.Of(config);
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (HuggingFaceParameter parameter in architecture.Parameters(config))
        {
            string part = PartOf(parameter.Canonical);
            parts[parameter.Name] = part;
            if (architecture.Prefix is { } prefix && parameter.Name.StartsWith(prefix, StringComparison.Ordinal))
                parts[parameter.Name[prefix.Length..]] = part;
        }
        return parts;
    }

    private static string PartOf(string canonical) => canonical switch
    {
        _ when canonical.Contains("norm", StringComparison.Ordinal) => "norms",
        _ when canonical.Contains(".attention.", StringComparison.Ordinal) => "attention",
        _ when canonical.Contains(".mlp.", StringComparison.Ordinal) => "mlp",
        _ when canonical.StartsWith("position", StringComparison.Ordinal) => "positions",
        _ when canonical.StartsWith("unembedding", StringComparison.Ordinal) => "unembedding",
        _ when canonical.StartsWith("project", StringComparison.Ordinal) => "projections",
        _ => "embedding",
    };
}

/// <summary>One tensor of an inspection.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="DType">Its element type.</param>
/// <param name="Shape">The lengths of its axes.</param>
/// <param name="Bytes">Its bytes in the file.</param>
/// <param name="Part">The part of the model it belongs to; null where nothing says.</param>
/// <param name="File">The file that holds it.</param>
/// <param name="Sha256">SHA-256 of its elements, row-major (in a GGUF file, of its bytes); null where it was not hashed.</param>
public sealed record InspectedTensor(string Name, string DType, IReadOnlyList<long> Shape, long Bytes, string? Part, string File, string? Sha256)
{
    /// <summary>Its number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, length) => checked(product * length));
}
