using TorchSharp;

namespace Castalia.Models;

/// <summary>Several files of weights as one, by an index that says which tensor is in which (<c>*.index.json</c>).</summary>
internal sealed class ShardedFiles : ITensorSource
{
    private const string Remedy = "Fetch the model again.";
    private const int MostFiles = 10_000;

    private readonly Dictionary<string, ITensorSource> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ITensorSource> _owners = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredTensor> _tensors = new(StringComparer.Ordinal);

    private ShardedFiles(string index) => Listing = index;

    /// <inheritdoc/>
    public string Listing { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <inheritdoc/>
    public torch.Tensor Read(string name) => _owners[name].Read(name);

    /// <summary>Opens all files of an index.</summary>
    /// <param name="index">The index; the files are beside it.</param>
    /// <param name="open">Opens one of them.</param>
    /// <exception cref="InputException">The index and the files do not agree.</exception>
    public static ShardedFiles Open(string index, Func<string, ITensorSource> open) => Open(index, ConfigJson.Read(index), open);

    /// <summary>Opens all files of an index that has been read.</summary>
    internal static ShardedFiles Open(string index, ConfigJson json, Func<string, ITensorSource> open)
    {
        var files = new ShardedFiles(index);
        try
        {
            ConfigJson map = json.Object("weight_map") ?? throw new InputException(index, "weight_map", "the field is missing.", Remedy);
            foreach (string tensor in map.Keys)
                files.Add(tensor, map.Text(tensor), open);
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
        foreach (ITensorSource file in _files.Values)
            file.Dispose();
    }

    private void Add(string tensor, string name, Func<string, ITensorSource> open)
    {
        if (!_files.TryGetValue(name, out ITensorSource? file))
        {
            if (name.Length == 0 || name != Path.GetFileName(name) || name is "." or ".." || name.Contains('\\', StringComparison.Ordinal))
                throw new InputException(Listing, tensor, $"'{name}' is not the name of a file beside the index.", Remedy);
            if (_files.Count == MostFiles)
                throw new InputException(Listing, tensor, $"it names more than {MostFiles} files.", Remedy);
            _files.Add(name, file = open(Path.Combine(Path.GetDirectoryName(Listing) ?? "", name)));
        }
        if (!file.Tensors.TryGetValue(tensor, out StoredTensor? stored))
            throw new InputException(file.Listing, $"tensor {tensor}", $"{Path.GetFileName(Listing)} says that the tensor is in this file, and it is not.", Remedy);
        _owners.Add(tensor, file);
        _tensors.Add(tensor, stored);
    }
}
