using System.Numerics;
using System.Text;

namespace Castalia.Formats;

/// <summary>Reads and checks all of a GGUF file that is before its data.</summary>
internal sealed class GgufHeader
{
    private const uint FirstVersion = 2, LastVersion = 3;
    private const int MostAxes = 4, LongestName = 65_535, DeepestNesting = 8, DefaultAlignment = 32, LargestAlignment = 1 << 20;

    /// <summary>The key that says what tensors' offsets are multiples of.</summary>
    internal const string AlignmentKey = "general.alignment";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly GgufCursor _cursor;
    private readonly string _path;

    private GgufHeader(MappedFile file) => (_cursor, _path) = (new GgufCursor(file), file.Path);

    /// <summary>What every file begins with.</summary>
    public static ReadOnlySpan<byte> Magic => "GGUF"u8;

    /// <summary>The format's version.</summary>
    public int Version { get; private set; }

    /// <summary>What tensors' offsets are multiples of.</summary>
    public int Alignment { get; private set; } = DefaultAlignment;

    /// <summary>The values by key.</summary>
    public Dictionary<string, GgufValue> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>The tensors in the order of their bytes.</summary>
    public GgufTensor[] Tensors { get; private set; } = [];

    /// <summary>Reads a file's header.</summary>
    /// <exception cref="InputException">It is not what it has to be.</exception>
    public static GgufHeader Read(MappedFile file)
    {
        GgufHeader header = new(file);
        header.ReadVersion(file);
        ulong tensors = header._cursor.UInt64("the number of tensors"), keys = header._cursor.UInt64("the number of keys");
        for (ulong key = 0; key < keys; key++)
            header.ReadKey();
        header.ReadAlignment();
        List<GgufTensor> found = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        for (ulong tensor = 0; tensor < tensors; tensor++)
            found.Add(header.ReadTensor(names));
        header.Place(found, file.Length);
        return header;
    }

    private void ReadVersion(MappedFile file)
    {
        if (file.Length < Magic.Length || !file.Span(0, Magic.Length).SequenceEqual(Magic))
            throw new InputException(_path, "byte 0", "a GGUF file begins with the letters GGUF, this one does not.", "Give a .gguf file.");
        _cursor.Position = Magic.Length;
        uint version = _cursor.UInt32("the version");
        if (version is < FirstVersion or > LastVersion)
        {
            bool bigEndian = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(version) is >= 1 and <= LastVersion;
            throw new InputException(_path, $"byte {Magic.Length}",
                bigEndian ? "the file is big-endian, which is not read here."
                    : $"the file is of version {version}; versions {FirstVersion} and {LastVersion} are read here.",
                "Convert the model anew with a current llama.cpp, for a little-endian machine.");
        }
        Version = (int)version;
    }

    private void ReadKey()
    {
        long start = _cursor.Position;
        string key = ReadName("a key");
        string place = $"key {key}";
        GgufValueType type = ReadType(place);
        long valueStart = _cursor.Position;
        Skip(type, place, 0);
        if (!Metadata.TryAdd(key, new GgufValue(_cursor.File, key, type, valueStart, _cursor.Position - valueStart)))
            throw Wrong($"byte {start}", $"the key {key} stands twice.");
    }

    private GgufValueType ReadType(string place)
    {
        uint number = _cursor.UInt32(place);
        return GgufValueTypes.IsKnown(number)
            ? (GgufValueType)number
            : throw Wrong($"byte {_cursor.Position - sizeof(uint)}", $"{place}: no value has type {number}; types go from 0 (u8) to 12 (f64).");
    }

    /// <summary>Passes a value, checking that all of it is there.</summary>
    private void Skip(GgufValueType type, string place, int depth)
    {
        switch (type)
        {
            case GgufValueType.String:
                _cursor.Skip(_cursor.UInt64(place), place);
                break;
            case GgufValueType.Array:
                if (depth == DeepestNesting)
                    throw Wrong($"byte {_cursor.Position}", $"{place}: arrays are nested deeper than {DeepestNesting} levels.");
                GgufValueType element = ReadType(place);
                ulong count = _cursor.UInt64(place);
                if (element.Size() is int size and > 0)
                {
                    _cursor.Skip((UInt128)count * (uint)size, place);
                    break;
                }
                // Each element takes some bytes: the end of the file ends the loop, whatever the count says.
                for (ulong i = 0; i < count; i++)
                    Skip(element, place, depth + 1);
                break;
            default:
                _cursor.Skip((UInt128)type.Size(), place);
                break;
        }
    }

    private void ReadAlignment()
    {
        if (!Metadata.TryGetValue(AlignmentKey, out GgufValue? value))
            return;
        long alignment = value.AsInteger();
        Alignment = alignment is > 0 and <= LargestAlignment && BitOperations.IsPow2(alignment)
            ? (int)alignment
            : throw Wrong($"key {AlignmentKey}", $"the alignment is {alignment}; it has to be a power of two up to {LargestAlignment}.");
    }

    private GgufTensor ReadTensor(HashSet<string> names)
    {
        long start = _cursor.Position;
        string name = ReadName("a tensor's name");
        string place = $"tensor {name}";
        if (!names.Add(name))
            throw Wrong($"byte {start}", $"the tensor {name} stands twice.");
        uint axes = _cursor.UInt32(place);
        if (axes > MostAxes)
            throw Wrong(place, $"it has {axes} axes; there are at most {MostAxes}.");
        long[] shape = new long[axes];
        for (int axis = shape.Length; axis-- > 0;)
        {
            ulong length = _cursor.UInt64(place);
            shape[axis] = length <= long.MaxValue ? (long)length : throw Wrong(place, $"an axis of {length} is longer than any tensor.");
        }
        uint number = _cursor.UInt32(place);
        if (!GgmlTypes.IsKnown(number))
        {
            throw new InputException(_path, place, $"its type is ggml's number {number}, which is not known here.",
                $"Quantise the model to one of {string.Join(", ", Enum.GetNames<GgmlType>())}.");
        }
        GgmlType type = (GgmlType)number;
        ulong offset = _cursor.UInt64(place);
        if (offset % (uint)Alignment != 0)
            throw Wrong(place, $"its data is at {offset}, which is no multiple of the alignment, {Alignment}.");
        if (offset > long.MaxValue)
            throw Wrong(place, $"its data is at {offset}, past the end of any file.");
        long bytes = type.ByteLength(shape) ?? throw Wrong(place,
            $"its shape [{string.Join(", ", shape)}] of {type} gives no byte count below 2^63, or no whole blocks of {type.BlockLength()} in a row.");
        return new GgufTensor(name, type, shape, (long)offset, bytes);
    }

    /// <summary>Turns offsets into places in the file and checks that the tensors' bytes are in it and apart.</summary>
    private void Place(List<GgufTensor> tensors, long fileLength)
    {
        Int128 dataStart = ((Int128)_cursor.Position + Alignment - 1) / Alignment * Alignment;
        // Empty tensors share their offset with the one after them: the length decides, and the name makes the order one.
        GgufTensor[] ordered = [.. tensors.OrderBy(tensor => tensor.Offset)
            .ThenBy(tensor => tensor.Length).ThenBy(tensor => tensor.Name, StringComparer.Ordinal)];
        Int128 free = 0;
        for (int i = 0; i < ordered.Length; i++)
        {
            GgufTensor tensor = ordered[i];
            if (tensor.Offset < free)
                throw Wrong($"tensor {tensor.Name}", $"its bytes begin at {tensor.Offset} of the data, inside the tensor before it.");
            free = (Int128)tensor.Offset + tensor.Length;
            if (dataStart + free > fileLength)
                throw Wrong($"tensor {tensor.Name}",
                    $"its bytes end at {dataStart + free}; the file has {fileLength}, so it is cut short or damaged.");
            ordered[i] = tensor with { Offset = (long)dataStart + tensor.Offset };
        }
        Tensors = ordered;
    }

    private string ReadName(string what)
    {
        long start = _cursor.Position;
        ulong length = _cursor.UInt64(what);
        if (length is 0 or > LongestName)
            throw Wrong($"byte {start}", $"expected {what} of 1 to {LongestName} bytes, found a length of {length}.");
        try
        {
            return StrictUtf8.GetString(_cursor.Bytes((int)length, what));
        }
        catch (DecoderFallbackException exception)
        {
            throw new InputException(_path, $"byte {start}", $"{what} is not UTF-8.", GgufFile.Remedy, exception);
        }
    }

    private InputException Wrong(string place, string problem) => new(_path, place, problem, GgufFile.Remedy);
}
