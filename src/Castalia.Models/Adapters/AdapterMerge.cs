using Castalia.Formats;
using Castalia.Models.Architectures;
using Castalia.Tensors;
using static TorchSharp.torch;

namespace Castalia.Models;

/// <summary>
/// Makes a model of its own of a base and an adapter: W + scale · B · A, computed in fp32 and rounded to the base's type. Works on the files, a
/// tensor at a time; a tensor without an adapter keeps its bits.
/// </summary>
public static class AdapterMerge
{
    private static readonly string[] Companions =
    [
        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "vocab.json", "merges.txt",
        "tokenizer.model", "added_tokens.json",
    ];

    /// <summary>Writes the merged model as an HF folder, which appears whole or not at all.</summary>
    /// <param name="baseFolder">The base model's folder.</param>
    /// <param name="adapterFolder">The adapter's folder.</param>
    /// <param name="output">Where to; must not be there yet.</param>
    /// <param name="progress">Told the bytes written.</param>
    /// <param name="cancellation">Stops the writing.</param>
    /// <exception cref="InputException">A file is missing or damaged, the two do not fit each other, or something stands at <paramref name="output"/>.</exception>
    public static void Write(
        string baseFolder, string adapterFolder, string output, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (Path.Exists(output))
            throw new InputException(output, null, "something stands there already.", "Name a folder that is not there yet.");
        TransformerConfig config = HuggingFaceFolder.LoadConfig(baseFolder);
        using LoraAdapter adapter = PeftFolder.Load(adapterFolder, config);
        using ITensorSource files = TensorSource.Open(baseFolder);
        IArchitecture architecture = KnownArchitectures.Of(config);
        IReadOnlyList<HuggingFaceParameter> parameters = architecture.Parameters(config);
        Func<string, string> stored = HuggingFaceFolder.Check(files, parameters, architecture, config);

        using AtomicFolder target = AtomicFolder.Create(output);
        foreach (string name in Companions)
        {
            // A tokenizer of the adapter's own goes before the base's: it knows the tokens that training added.
            string own = Path.Combine(adapterFolder, name), companion = name != "config.json" && File.Exists(own) ? own : Path.Combine(baseFolder, name);
            if (File.Exists(companion))
                File.Copy(companion, Path.Combine(target.Path, name));
        }
        SafetensorsWriter.Write(
            Path.Combine(target.Path, "model.safetensors"), [.. parameters.Select(parameter => Source(parameter, stored(parameter.Name), files, adapter))],
            new Dictionary<string, string> { ["format"] = "pt" }, progress, cancellation);
        target.Commit();
    }

    private static SafetensorsSource Source(HuggingFaceParameter parameter, string stored, ITensorSource files, LoraAdapter adapter)
    {
        LoraTarget? target = adapter.Targets.FirstOrDefault(target => target.Parameter.Name == parameter.Name);
        return TensorFiles.Source(parameter.Name, DType(files.Tensors[stored].DType), parameter.Shape, () =>
        {
            Tensor matrix = files.Read(stored);
            if (target is null)
                return matrix;
            using (matrix)
            {
                using var scope = NewDisposeScope();
                Tensor delta = adapter.Delta(target);
                return (matrix.to(ScalarType.Float32) + (target.Transposed ? delta.t() : delta)).to(matrix.dtype).contiguous().MoveToOuterDisposeScope();
            }
        });
    }

    private static ScalarType DType(SafetensorsDType dtype) => dtype switch
    {
        SafetensorsDType.BF16 => ScalarType.BFloat16,
        SafetensorsDType.F16 => ScalarType.Float16,
        SafetensorsDType.F64 => ScalarType.Float64,
        _ => ScalarType.Float32,
    };
}
