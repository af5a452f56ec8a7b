using Castalia.Formats;

namespace Castalia.Models;

/// <summary>The safetensors files of a model's folder as one: the single one, or those that the index names.</summary>
internal sealed class ModelFiles : IDisposable
{
    public const string SingleName = "model.safetensors", IndexName = "model.safetensors.index.json";

    private const string Remedy = "Fetch the model again.";
    private const int MostFiles = 10_000;

    private readonly Dictionary<string, SafetensorsFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (SafetensorsFile File, SafetensorsEntry Entry)> _tensors = new(StringComparer.Ordinal);

    private ModelFiles(string listing) => Listing = listing;

    /// <summary>The file that says which tensors there are: the single one or the index.</summary>
    public string Listing { get; }

    /// <summary>Names of all tensors.</summary>
    public IEnumerable<string> Names => _tensors.Keys;

    /// <summary>Where a tensor is; null where it is nowhere.</summary>
    public (SafetensorsFile File, SafetensorsEntry Entry)? this[string name] => _tensors.TryGetValue(name, out var found) ? found : null;

    /// <summary>Opens the files of a folder.</summary>
    /// <exception cref="InputException">There are none, or the index and the files do not agree.</exception>
    public static ModelFiles Open(string folder)
    {
        string single = Path.Combine(folder, SingleName), index = Path.Combine(folder, IndexName);
        if (!File.Exists(single) && !File.Exists(index))
        {
            throw new InputException(
                folder, null, $"it holds neither {SingleName} nor {IndexName}.", "Point at a folder with a model in HF's safetensors layout.");
        }
        var files = new ModelFiles(File.Exists(single) ? single : index);
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
        foreach ((string tensor, SafetensorsEntry entry) in file.Tensors)
            _tensors.Add(tensor, (file, entry));
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
            _tensors.Add(tensor, (file, entry));
        }
    }
}
