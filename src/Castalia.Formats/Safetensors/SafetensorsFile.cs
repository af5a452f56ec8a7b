using System.Buffers.Binary;

namespace Castalia.Formats;

/// <summary>
/// A safetensors file read through a memory map: eight bytes of header length, a JSON header, then the tensors' bytes without gaps.
/// Everything is checked when it is opened, so that a tensor's bytes can be handed out without further questions.
/// Follows the format's description and reference library (huggingface/safetensors).
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    internal const int PrefixLength = 8;
    internal const string MetadataName = "__metadata__";
    internal const string Remedy = "Fetch or write the file again; a program that stopped half-way may have left it so.";

    // The reference library's bound.
    private const long LongestHeader = 100_000_000;

    private readonly MappedFile _file;
    private readonly SafetensorsHeader _header;
    private readonly Dictionary<string, SafetensorsEntry> _byName;

    private SafetensorsFile(MappedFile file, SafetensorsHeader header)
    {
        (_file, _header) = (file, header);
        _byName = header.Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The path it was opened by.</summary>
    public string Path => _file.Path;

    /// <summary>The free-form texts under <c>__metadata__</c>; empty if there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Tensors => _byName;

    /// <summary>The tensors in the order of their bytes in the file: the order in which to read them.</summary>
    public IReadOnlyList<SafetensorsEntry> InFileOrder => _header.Entries;

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="InputException">There is no such file, or it is not a sound safetensors file: says which tensor and why.</exception>
    public static SafetensorsFile Open(string path) => Open(MappedFile.Open(path));

    /// <summary>Opens a file that is mapped already, and owns the map from here on.</summary>
    internal static SafetensorsFile Open(MappedFile file)
    {
        string path = file.Path;
        try
        {
            if (file.Length < PrefixLength)
                throw new InputException(path, null, $"a safetensors file has at least {PrefixLength} bytes, this one {file.Length}.", Remedy);
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(file.Span(0, PrefixLength));
            if (length > LongestHeader)
            {
                throw new InputException(
                    path, "byte 0", $"the header would have {length} bytes, more than the format's 100,000,000.",
                    "Check that this is a safetensors file: other formats read so.");
            }
            if ((long)length > file.Length - PrefixLength)
                throw new InputException(path, "byte 0", $"the header would have {length} bytes, the file has {file.Length}.", Remedy);
            return new SafetensorsFile(file, SafetensorsHeader.Parse(path, file.Span(PrefixLength, (int)length), file.Length));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="InputException">The file has none of that name.</exception>
    public SafetensorsEntry this[string name] => _byName.TryGetValue(name, out SafetensorsEntry? entry)
        ? entry
        : throw new InputException(
            Path, $"tensor {name}", $"the file's {_byName.Count} tensors do not include it.", "Check that the file belongs to this kind of model.");

    /// <summary>A tensor's bytes, in place. Valid until <see cref="Dispose"/>. For tensors up to 2 GiB; see <see cref="Pointer"/>.</summary>
    /// <exception cref="ArgumentException">The tensor is not of this file, or longer than a span can be.</exception>
    public ReadOnlySpan<byte> Bytes(SafetensorsEntry entry)
    {
        if (entry.Length > int.MaxValue)
            throw new ArgumentException($"Tensor {entry.Name} has {entry.Length} bytes, too many for a span: use Pointer or CopyTo.", nameof(entry));
        return new ReadOnlySpan<byte>(Pointer(entry), (int)entry.Length);
    }

    /// <summary>Where a tensor's bytes are in memory. Valid until <see cref="Dispose"/>; read no further than the entry's length.</summary>
    /// <remarks>Aligned to the element size in files by the reference library and by <see cref="SafetensorsWriter"/>, not in every file.</remarks>
    /// <exception cref="ArgumentException">The tensor is not of this file.</exception>
    public byte* Pointer(SafetensorsEntry entry)
    {
        if (!_byName.TryGetValue(entry.Name, out SafetensorsEntry? own) || own.Offset != entry.Offset || own.Length != entry.Length)
            throw new ArgumentException($"Tensor {entry.Name} is not of {Path}.", nameof(entry));
        return _file.Pointer + entry.Offset;
    }

    /// <summary>Copies a tensor's bytes of any length.</summary>
    /// <exception cref="ArgumentException">The tensor is not of this file.</exception>
    public void CopyTo(SafetensorsEntry entry, Stream destination)
    {
        const int Piece = 1 << 24;
        byte* start = Pointer(entry);
        for (long done = 0; done < entry.Length; done += Piece)
            destination.Write(new ReadOnlySpan<byte>(start + done, (int)Math.Min(Piece, entry.Length - done)));
    }

    /// <summary>Unmaps the file: pointers and spans into it are dead from here on.</summary>
    public void Dispose() => _file.Dispose();
}
