using Castalia.Formats;
using Castalia.Models.Conversion;
using static TorchSharp.torch;

namespace Castalia.Models;

/// <summary>
/// Makes a model of its own of a base and an adapter: W + scale · B · A, computed in fp32 and rounded to the base's type. Works on the files, a
/// tensor at a time; a tensor without an adapter keeps its bits.
/// </summary>
public static class AdapterMerge
{
    /// <summary>Writes the merged model as an HF folder, which appears whole or not at all.</summary>
    /// <param name="baseModel">The base model.</param>
    /// <param name="adapterFolder">The adapter's folder.</param>
    /// <param name="output">Where to; must not be there yet.</param>
    /// <param name="progress">Told the bytes written.</param>
    /// <param name="cancellation">Stops the writing.</param>
    /// <exception cref="InputException">A file is missing or damaged, the two do not fit each other, or something stands at <paramref name="output"/>.</exception>
    public static void Write(
        string baseModel, string adapterFolder, string output, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (Path.Exists(output))
            throw new InputException(output, null, "something stands there already.", "Name a folder that is not there yet.");
        using StoredModel model = StoredModel.Open(baseModel);
        using LoraAdapter adapter = PeftFolder.Load(adapterFolder, model.Config);
        Dictionary<string, LoraTarget> targets = adapter.Targets.ToDictionary(target => target.Parameter.Name, StringComparer.Ordinal);

        using AtomicFolder folder = AtomicFolder.Create(output);
        // A tokenizer of the adapter's own goes before the base's: with it the adapter was trained.
        (TokenizerFolder.Open(adapterFolder, model.Config) ?? TokenizerFolder.Open(baseModel, model.Config))?.CopyTo(folder.Path);
        HuggingFaceExport.WriteConfig(model, folder.Path, model.TypeOf(model.Parameters[0]));
        HuggingFaceExport.WriteWeights(
            model, folder.Path, null, new ConversionOptions().MaxShardSize, progress, cancellation,
            (parameter, matrix) => targets.TryGetValue(parameter.Name, out LoraTarget? target) ? Merged(matrix, adapter, target) : null);
        folder.Commit();
    }

    private static Tensor Merged(Tensor matrix, LoraAdapter adapter, LoraTarget target)
    {
        using var scope = NewDisposeScope();
        Tensor delta = adapter.Delta(target);
        return (matrix.to(ScalarType.Float32) + (target.Transposed ? delta.t() : delta)).contiguous().MoveToOuterDisposeScope();
    }
}
