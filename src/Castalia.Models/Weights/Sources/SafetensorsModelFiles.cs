using Castalia.Formats;
using Castalia.Tensors;
using TorchSharp;

namespace Castalia.Models;

/// <summary>A safetensors file as a model's weights, and the names that models' files have.</summary>
internal sealed class SafetensorsModelFiles : ITensorSource
{
    public const string SingleName = "model.safetensors", IndexName = "model.safetensors.index.json";

    private readonly SafetensorsFile _file;

    private SafetensorsModelFiles(SafetensorsFile file)
    {
        _file = file;
        Tensors = file.Tensors.Values.ToDictionary(entry => entry.Name, entry => new StoredTensor(entry.Name, file.Path, entry.DType, entry.Shape), StringComparer.Ordinal);
    }

    /// <summary>The names of which a folder has one.</summary>
    public static IReadOnlyList<string> Names { get; } = [SingleName, IndexName];

    /// <inheritdoc/>
    public string Listing => _file.Path;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <inheritdoc/>
    public torch.Tensor Read(string name) => TensorFiles.Read(_file, _file[name]);

    /// <summary>Opens one file.</summary>
    public static ITensorSource OpenFile(string path) => new SafetensorsModelFiles(SafetensorsFile.Open(path));

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
