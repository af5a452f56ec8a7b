namespace Castalia.Formats;

/// <summary>
/// The zip archive of PyTorch from 1.6 on: <c>NAME/data.pkl</c> with the objects, <c>NAME/data/KEY</c> with each storage, <c>NAME/byteorder</c>.
/// NAME is that of the file when it was saved, and says nothing.
/// </summary>
internal sealed class PytorchArchive
{
    private const string PickleName = "data.pkl";

    private readonly MappedFile _file;
    private readonly IReadOnlyDictionary<string, ZipMember> _members;
    private readonly Dictionary<string, PytorchStorage> _storages = new(StringComparer.Ordinal);
    private readonly string _root;

    private PytorchArchive(MappedFile file)
    {
        (_file, _members) = (file, StoredZip.Read(file));
        string[] roots = [.. _members.Keys.Where(name => name.Split('/') is [_, PickleName])];
        _root = roots is [string only] ? only[..^PickleName.Length]
            : throw new InputException(file.Path, null, $"a file of torch.save is an archive with one {PickleName} in its folder, this one has {roots.Length}.",
                "Check that this is a PyTorch file and not another archive.");
    }

    /// <summary>Reads the archive's objects.</summary>
    /// <param name="file">The file.</param>
    /// <param name="pickleLength">How long the pickle is.</param>
    /// <exception cref="InputException">It is damaged, big-endian, or holds something else than tensors and plain data.</exception>
    public static object? Read(MappedFile file, out long pickleLength)
    {
        var archive = new PytorchArchive(file);
        archive.CheckByteOrder();
        ZipMember pickle = archive._members[archive._root + PickleName];
        archive.CheckSum(pickle);
        pickleLength = pickle.Length;
        (object? content, long end) = PickleReader.Read(file, pickle.Offset, pickle.Length, pickle.Name, new TorchNames(archive.Storage, file.Length));
        if (end != pickle.Offset + pickle.Length)
            throw new InputException(file.Path, $"byte {end - pickle.Offset} of {pickle.Name}", "there are bytes after the end of the pickle.", PytorchFile.Damaged);
        return content;
    }

    private PytorchStorage Storage(PickleReader pickle, string key, SafetensorsDType dtype, long elements)
    {
        if (_storages.TryGetValue(key, out PytorchStorage? known))
        {
            return known.DType == dtype && known.Elements == elements ? known
                : throw pickle.Wrong($"the storage {key} is of {elements} {dtype.Name()} here and of {known.Elements} {known.DType.Name()} before.");
        }
        if (!_members.TryGetValue($"{_root}data/{key}", out ZipMember? member))
            throw pickle.Wrong($"the archive has no member {_root}data/{key} for the storage {key}.");
        if (dtype.ByteLength([elements]) != member.Length)
            throw pickle.Wrong($"the storage {key} is of {elements} {dtype.Name()}, its member has {member.Length} bytes.");
        var storage = new PytorchStorage(key, dtype, elements) { Offset = member.Offset };
        _storages.Add(key, storage);
        return storage;
    }

    private void CheckByteOrder()
    {
        if (!_members.TryGetValue(_root + "byteorder", out ZipMember? member))
            return; // before PyTorch 2.1
        if (!_file.Span(member.Offset, (int)Math.Min(member.Length, 16)).SequenceEqual("little"u8))
        {
            throw new InputException(_file.Path, $"member {member.Name}", "the numbers are not little-endian, and others are not read here.",
                "Load and save the file on a little-endian machine.");
        }
    }

    // The storages' checksums are not looked at: that would read the whole file.
    private void CheckSum(ZipMember pickle)
    {
        const int Piece = 1 << 24;
        uint sum = 0;
        for (long done = 0; done < pickle.Length; done += Piece)
            sum = Crc32.Append(sum, _file.Span(pickle.Offset + done, (int)Math.Min(Piece, pickle.Length - done)));
        if (sum != pickle.Checksum)
        {
            throw new InputException(
                _file.Path, $"member {pickle.Name}", "its bytes do not have the checksum that the archive gives: they were damaged.", PytorchFile.Damaged);
        }
    }
}
