using Castalia.Formats;
using Castalia.Tensors;
using TorchSharp;

namespace Castalia.Models;

/// <summary>A file of <c>torch.save</c> as a model's weights, and the names that models' files have.</summary>
internal sealed class PytorchModelFiles : ITensorSource
{
    public const string SingleName = "pytorch_model.bin", IndexName = "pytorch_model.bin.index.json";

    private readonly PytorchFile _file;

    private PytorchModelFiles(PytorchFile file)
    {
        _file = file;
        Tensors = file.StateDict.ToDictionary(
            pair => pair.Key, pair => new StoredTensor(pair.Key, file.Path, pair.Value.DType, [.. pair.Value.Shape]), StringComparer.Ordinal);
    }

    /// <summary>The names of which a folder has one.</summary>
    public static IReadOnlyList<string> Names { get; } = [SingleName, IndexName];

    /// <inheritdoc/>
    public string Listing => _file.Path;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <inheritdoc/>
    public torch.Tensor Read(string name) => PytorchTensors.Read(_file, name, _file.StateDict[name]);

    /// <summary>Opens one file.</summary>
    public static ITensorSource OpenFile(string path) => new PytorchModelFiles(PytorchFile.Open(path));

    /// <summary>Opens the files of a folder: the single one, or those that the index names; null where it holds none.</summary>
    /// <exception cref="InputException">The index and the files do not agree.</exception>
    public static ITensorSource? TryOpen(string folder)
    {
        string single = Path.Combine(folder, SingleName), index = Path.Combine(folder, IndexName);
        return File.Exists(single) ? OpenFile(single) : File.Exists(index) ? ShardedFiles.Open(index, OpenFile) : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
