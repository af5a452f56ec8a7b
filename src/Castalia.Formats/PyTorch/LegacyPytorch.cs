using System.Buffers.Binary;

namespace Castalia.Formats;

/// <summary>
/// The form before PyTorch 1.6: pickles of a magic number, a version, facts about the machine, the objects, and the storages' keys; then for
/// each key the number of elements and the elements.
/// </summary>
internal sealed class LegacyPytorch
{
    /// <summary>How many bytes tell the form.</summary>
    public const int MagicLength = 15;

    private const long Version = 1001;

    private readonly MappedFile _file;
    private readonly Dictionary<string, PytorchStorage> _storages = new(StringComparer.Ordinal);
    private readonly HashSet<string> _placed = new(StringComparer.Ordinal);
    private long _position = MagicLength;

    private LegacyPytorch(MappedFile file) => _file = file;

    // A pickle of 0x1950a86a20f9469cfc6c.
    private static ReadOnlySpan<byte> Magic => [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];

    /// <summary>Whether a file that begins so has this form.</summary>
    public static bool Begins(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Magic);

    /// <summary>Reads the file's objects.</summary>
    /// <param name="file">The file.</param>
    /// <param name="pickleLength">How long the pickles are.</param>
    /// <exception cref="InputException">It is damaged, big-endian, or holds something else than tensors and plain data.</exception>
    public static object? Read(MappedFile file, out long pickleLength)
    {
        var legacy = new LegacyPytorch(file);
        if (legacy.Next("the format's version") is not Version)
            throw legacy.Wrong($"expected version {Version} of the format.");
        if (legacy.Next("facts about the machine") is not PickleDictionary machine || machine.Find("little_endian") is not true)
            throw legacy.Wrong("the numbers are not little-endian, or the file does not say so.");
        object? content = legacy.Next("the objects");
        if (legacy.Next("the keys of the storages") is not PickleList keys)
            throw legacy.Wrong("expected a list of the storages' keys.");
        pickleLength = legacy._position;
        foreach (object? key in keys)
            legacy.Place(key as string ?? throw legacy.Wrong("a storage's key is not text."));
        if (legacy._storages.Keys.FirstOrDefault(key => !legacy._placed.Contains(key)) is string missing)
            throw legacy.Wrong($"the storage {missing} is not among the keys at the file's end.");
        if (legacy._position != file.Length)
            throw legacy.Wrong($"there are {file.Length - legacy._position} bytes after the last storage.");
        return content;
    }

    private object? Next(string what)
    {
        if (_position == _file.Length)
            throw Wrong($"the file ends before {what}.");
        (object? value, _position) = PickleReader.Read(_file, _position, _file.Length - _position, null, new TorchNames(Storage, _file.Length));
        return value;
    }

    private PytorchStorage Storage(PickleReader pickle, string key, SafetensorsDType dtype, long elements)
    {
        if (_storages.TryGetValue(key, out PytorchStorage? known))
        {
            return known.DType == dtype && known.Elements == elements ? known
                : throw pickle.Wrong($"the storage {key} is of {elements} {dtype.Name()} here and of {known.Elements} {known.DType.Name()} before.");
        }
        if (dtype.ByteLength([elements]) is not long length || length > _file.Length)
            throw pickle.Wrong($"the storage {key} is of {elements} {dtype.Name()}, the file has {_file.Length} bytes.");
        var storage = new PytorchStorage(key, dtype, elements);
        _storages.Add(key, storage);
        return storage;
    }

    private void Place(string key)
    {
        if (!_storages.TryGetValue(key, out PytorchStorage? storage) || !_placed.Add(key))
            throw Wrong($"the storage {key} is asked for by no tensor, or occurs twice.");
        if (_file.Length - _position < sizeof(long))
            throw Wrong($"the file ends before the storage {key}.");
        long elements = BinaryPrimitives.ReadInt64LittleEndian(_file.Span(_position, sizeof(long)));
        if (elements != storage.Elements)
            throw Wrong($"the storage {key} has {elements} elements here, its tensors say {storage.Elements}.");
        storage.Offset = _position + sizeof(long);
        if (storage.Length > _file.Length - storage.Offset)
            throw Wrong($"the storage {key} has {storage.Length} bytes, the file {_file.Length - storage.Offset} more: it is cut short.");
        _position = storage.Offset + storage.Length;
    }

    private InputException Wrong(string problem) => new(_file.Path, $"byte {_position}", problem, PytorchFile.Damaged);
}
