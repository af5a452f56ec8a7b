using Castalia.Formats;
using Castalia.Tensors;
using TorchSharp;

namespace Castalia.Models;

/// <summary>The safetensors files of a model's folder as one: the single one, or those that the index names.</summary>
internal sealed class SafetensorsModelFiles : ITensorSource
{
    public const string SingleName = "model.safetensors", IndexName = "model.safetensors.index.json";

    private const string Remedy = "Fetch the model again.";
    private const int MostFiles = 10_000;

    private readonly Dictionary<string, SafetensorsFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (SafetensorsFile File, SafetensorsEntry Entry)> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredTensor> _tensors = new(StringComparer.Ordinal);

    private SafetensorsModelFiles(string listing) => Listing = listing;

    /// <inheritdoc/>
    public string Listing { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <inheritdoc/>
    public torch.Tensor Read(string name) => _entries[name] is var (file, entry) ? TensorFiles.Read(file, entry) : throw new KeyNotFoundException(name);

    /// <summary>The names of which a folder has one.</summary>
    public static IReadOnlyList<string> Names { get; } = [SingleName, IndexName];

    /// <summary>Opens one file.</summary>
    public static SafetensorsModelFiles OpenFile(string path)
    {
        var files = new SafetensorsModelFiles(path);
        files.AddAll(Path.GetFileName(path), SafetensorsFile.Open(path));
        return files;
    }

    /// <summary>Opens the files of a folder; null where it holds none.</summary>
    /// <exception cref="InputException">The index and the files do not agree.</exception>
    public static SafetensorsModelFiles? TryOpen(string folder)
    {
        string single = Path.Combine(folder, SingleName), index = Path.Combine(folder, IndexName);
        if (!File.Exists(single) && !File.Exists(index))
            return null;
        var files = new SafetensorsModelFiles(File.Exists(single) ? single : index);
        try
        {
            if (files.Listing == single)
                files.AddAll(SingleName, SafetensorsFile.Open(single));
            else
                files.AddIndexed(folder, index);
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SafetensorsFile file in _files.Values)
            file.Dispose();
    }

    private void AddAll(string name, SafetensorsFile file)
    {
        _files.Add(name, file);
        foreach (SafetensorsEntry entry in file.Tensors.Values)
            Add(file, entry);
    }

    private void Add(SafetensorsFile file, SafetensorsEntry entry)
    {
        _entries.Add(entry.Name, (file, entry));
        _tensors.Add(entry.Name, new StoredTensor(entry.Name, file.Path, entry.DType, entry.Shape));
    }

    private void AddIndexed(string folder, string index)
    {
        ConfigJson map = ConfigJson.Read(index).Object("weight_map")
            ?? throw new InputException(index, "weight_map", "the field is missing.", Remedy);
        foreach (string tensor in map.Keys)
        {
            string name = map.Text(tensor);
            if (!_files.TryGetValue(name, out SafetensorsFile? file))
            {
                if (name.Length == 0 || name != Path.GetFileName(name) || name is "." or ".." || name.Contains('\\', StringComparison.Ordinal))
                    throw new InputException(index, tensor, $"'{name}' is not the name of a file beside the index.", Remedy);
                if (_files.Count == MostFiles)
                    throw new InputException(index, tensor, $"it names more than {MostFiles} files.", Remedy);
                _files.Add(name, file = SafetensorsFile.Open(Path.Combine(folder, name)));
            }
            if (!file.Tensors.TryGetValue(tensor, out SafetensorsEntry? entry))
                throw new InputException(file.Path, $"tensor {tensor}", $"{IndexName} says that the tensor is in this file, and it is not.", Remedy);
            Add(file, entry);
        }
    }
}
