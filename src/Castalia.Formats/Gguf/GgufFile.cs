namespace Castalia.Formats;

/// <summary>
/// A GGUF file (llama.cpp's format) of version 2 or 3, little-endian, read through a memory map: metadata by key, then the tensors. All of
/// the layout is checked when it is opened: lengths, types, tensors inside the file, aligned and apart. Values are decoded when asked for.
/// </summary>
public sealed unsafe class GgufFile : IDisposable
{
    internal const string Remedy = "Fetch or write the file again; a download that stopped half-way may have left it so.";

    private readonly MappedFile _file;
    private readonly Dictionary<string, GgufValue> _metadata;
    private readonly Dictionary<string, GgufTensor> _tensors;

    private GgufFile(MappedFile file, GgufHeader header)
    {
        (_file, _metadata, InFileOrder, Version, Alignment) = (file, header.Metadata, header.Tensors, header.Version, header.Alignment);
        _tensors = header.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>The path it was opened by.</summary>
    public string Path => _file.Path;

    /// <summary>The format's version: 2 or 3.</summary>
    public int Version { get; }

    /// <summary>What tensors' offsets are multiples of, in bytes: <c>general.alignment</c>, else 32.</summary>
    public int Alignment { get; }

    /// <summary>The metadata by key: <c>general.architecture</c>, <c>tokenizer.ggml.tokens</c>.</summary>
    public IReadOnlyDictionary<string, GgufValue> Metadata => _metadata;

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, GgufTensor> Tensors => _tensors;

    /// <summary>The tensors in the order of their bytes in the file: the order in which to read them.</summary>
    public IReadOnlyList<GgufTensor> InFileOrder { get; }

    /// <summary>Whether bytes begin as a GGUF file does.</summary>
    public static bool Begins(ReadOnlySpan<byte> bytes) => bytes.StartsWith(GgufHeader.Magic);

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="InputException">There is no such file, or it is not a sound GGUF file: says where and why.</exception>
    public static GgufFile Open(string path) => Open(MappedFile.Open(path));

    /// <summary>Opens a file that is mapped already, and owns the map from here on.</summary>
    internal static GgufFile Open(MappedFile file)
    {
        try
        {
            return new GgufFile(file, GgufHeader.Read(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The value under a key, or null.</summary>
    public GgufValue? Find(string key) => _metadata.GetValueOrDefault(key);

    /// <summary>The value under a key.</summary>
    /// <exception cref="InputException">The file has no such key.</exception>
    public GgufValue Get(string key) => Find(key)
        ?? throw new InputException(Path, $"key {key}", $"the file's {_metadata.Count} keys do not include it.",
            "Check that the file is of this kind of model.");

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="InputException">The file has none of that name.</exception>
    public GgufTensor this[string name] => _tensors.TryGetValue(name, out GgufTensor? tensor)
        ? tensor
        : throw new InputException(
            Path, $"tensor {name}", $"the file's {_tensors.Count} tensors do not include it.", "Check that the file belongs to this kind of model.");

    /// <summary>A tensor's bytes, in place. Valid until <see cref="Dispose"/>. For tensors up to 2 GiB; see <see cref="Pointer"/>.</summary>
    /// <exception cref="ArgumentException">The tensor is not of this file, or longer than a span can be.</exception>
    public ReadOnlySpan<byte> Bytes(GgufTensor tensor)
    {
        if (tensor.Length > int.MaxValue)
            throw new ArgumentException($"Tensor {tensor.Name} has {tensor.Length} bytes, too many for a span: use Pointer.", nameof(tensor));
        return new ReadOnlySpan<byte>(Pointer(tensor), (int)tensor.Length);
    }

    /// <summary>Where a tensor's bytes are in memory. Valid until <see cref="Dispose"/>; read no further than its length.</summary>
    /// <exception cref="ArgumentException">The tensor is not of this file.</exception>
    public byte* Pointer(GgufTensor tensor)
    {
        if (!_tensors.TryGetValue(tensor.Name, out GgufTensor? own) || own.Offset != tensor.Offset || own.Length != tensor.Length)
            throw new ArgumentException($"Tensor {tensor.Name} is not of {Path}.", nameof(tensor));
        return _file.Pointer + tensor.Offset;
    }

    /// <summary>Unmaps the file: pointers and spans into it are dead from here on, and so are values not decoded yet.</summary>
    public void Dispose() => _file.Dispose();
}
