using Castalia.Formats;
using Castalia.Tensors;
using TorchSharp;

namespace Castalia.Models.Gguf;

/// <summary>What a GGUF file says of itself beside the model's sizes.</summary>
/// <param name="Name">What the model is called.</param>
/// <param name="License">Its licence, by SPDX's name where it has one; null where it is not known.</param>
public sealed record GgufDescription(string Name, string? License = null);

/// <summary>Writes models as GGUF files that llama.cpp runs.</summary>
public static class GgufModel
{
    // llama.cpp's numbers for files most of whose tensors are of a type.
    private static readonly Dictionary<GgmlType, uint> FileTypes = new()
    {
        [GgmlType.F32] = 0,
        [GgmlType.F16] = 1,
        [GgmlType.Q8_0] = 7,
        [GgmlType.BF16] = 32,
    };

    private const uint QuantizationVersion = 2;

    /// <summary>The types that a file can be written in.</summary>
    public static IReadOnlyCollection<GgmlType> Types => FileTypes.Keys;

    /// <summary>Refuses a model that llama.cpp does not compute.</summary>
    /// <exception cref="InputException">The message says why.</exception>
    public static void Require(StoredModel model) => GgufArchitecture.Of(model.Config, model.Path);

    /// <summary>Writes a model, a tensor at a time. The file appears whole or not at all.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file.</param>
    /// <param name="type">
    /// The type of its matrices: F32, F16, BF16 or Q8_0. Norms, biases and learned positions stay F32, as llama.cpp wants them; matrices whose rows
    /// are no multiple of 32 are F16 in a file of Q8_0.
    /// </param>
    /// <param name="description">What the file says of itself.</param>
    /// <param name="tokenizer">The keys of the tokenizer; null for a file without one, which runs on token ids.</param>
    /// <param name="progress">Told the bytes written.</param>
    /// <param name="cancellation">Stops the writing between tensors.</param>
    /// <returns>Remarks: what llama.cpp computes a little differently.</returns>
    /// <exception cref="InputException">llama.cpp does not compute such a model, a number does not fit the type, or the file cannot be written.</exception>
    public static IReadOnlyList<string> Write(
        StoredModel model, string path, GgmlType type, GgufDescription description, IReadOnlyList<GgufEntry>? tokenizer = null,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (!FileTypes.TryGetValue(type, out uint fileType))
            throw new ArgumentOutOfRangeException(nameof(type), type, $"Models are written as {string.Join(", ", FileTypes.Keys)}.");
        TransformerConfig config = model.Config;
        GgufArchitecture architecture = GgufArchitecture.Of(config, model.Path);
        GgufEntry[] keys =
        [
            GgufEntry.Of("general.architecture", architecture.Name),
            GgufEntry.Of("general.type", "model"),
            GgufEntry.Of("general.name", description.Name),
            .. description.License is { } license ? [GgufEntry.Of("general.license", license)] : Array.Empty<GgufEntry>(),
            .. architecture.Keys(config),
            GgufEntry.Of("general.file_type", fileType),
            GgufEntry.Of("general.quantization_version", QuantizationVersion),
            .. tokenizer ?? [GgufEntry.Of("tokenizer.ggml.model", "none")],
        ];
        GgufWriter.Write(path, keys, Sources(model, architecture, type), progress, cancellation);
        return architecture.Remark(config) is { } remark ? [remark] : [];
    }

    private static List<GgufSource> Sources(StoredModel model, GgufArchitecture architecture, GgmlType type)
    {
        TransformerConfig config = model.Config;
        List<GgufSource> sources = [];
        if (architecture.FrequencyDivisors(config) is { } divisors)
            sources.Add(Made("rope_freqs.weight", [divisors.Length], () => torch.tensor(divisors)));
        foreach (HuggingFaceParameter parameter in GgufTensorList.Parameters(config, architecture))
        {
            sources.Add(GgufTensors.Source(model.Path, parameter.Name, TypeOf(parameter, type), parameter.Shape, () =>
            {
                using torch.Tensor canonical = model.Read(parameter.Canonical);
                return parameter.Export(canonical);
            }));
        }
        for (int layer = 0; architecture.NeedsAttentionBias && layer < config.Layers; layer++)
        {
            if (!config.QkvBias)
                sources.Add(Zeros($"blk.{layer}.attn_qkv.bias", config.QkvSize));
            if (!config.AttentionOutputBias)
                sources.Add(Zeros($"blk.{layer}.attn_output.bias", config.HiddenSize));
        }
        return sources;

        GgufSource Zeros(string name, long length) => Made(name, [length], () => torch.zeros(length));

        GgufSource Made(string name, long[] shape, Func<torch.Tensor> make) => GgufTensors.Source(model.Path, name, GgmlType.F32, shape, make);
    }

    /// <summary>The type of one tensor in a file: as llama.cpp's own converter chooses.</summary>
    private static GgmlType TypeOf(HuggingFaceParameter parameter, GgmlType type)
    {
        if (parameter.Shape.Length <= 1 || parameter.Name == "position_embd.weight")
            return GgmlType.F32;
        return parameter.Shape[^1] % type.BlockLength() == 0 ? type : GgmlType.F16;
    }
}
