using System.Buffers.Binary;

namespace Castalia.Formats;

/// <summary>
/// The layout of a <c>.idx</c> file, read from a memory map: 34 bytes of header, then sizes (int32 a sequence), byte offsets into the
/// <c>.bin</c> (int64 a sequence) and the document index (int64: the sequence number at which each document starts, and the end).
/// All little-endian and, for the int64s, unaligned.
/// </summary>
internal readonly unsafe struct MegatronIndex
{
    public const int HeaderLength = 34;
    public const ulong Version = 1;
    public const string Remedy = "Pack the tokens again; a program that stopped half-way may have left it so.";

    private readonly byte* _sizes;
    private readonly byte* _offsets;
    private readonly byte* _documents;

    private MegatronIndex(byte* start, MegatronDType type, long sequences, long documentEntries)
    {
        (DType, Sequences, DocumentEntries) = (type, sequences, documentEntries);
        _sizes = start + HeaderLength;
        _offsets = _sizes + 4 * sequences;
        _documents = _offsets + 8 * sequences;
    }

    public static ReadOnlySpan<byte> Magic => "MMIDIDX\0\0"u8;

    public MegatronDType DType { get; }

    public long Sequences { get; }

    /// <summary>Entries of the document index: one more than there are documents.</summary>
    public long DocumentEntries { get; }

    /// <summary>Tokens of a sequence. The caller keeps inside <see cref="Sequences"/>.</summary>
    public int Size(long sequence) => BinaryPrimitives.ReadInt32LittleEndian(new ReadOnlySpan<byte>(_sizes + 4 * sequence, 4));

    /// <summary>Where a sequence starts in the <c>.bin</c>, in bytes.</summary>
    public long Offset(long sequence) => BinaryPrimitives.ReadInt64LittleEndian(new ReadOnlySpan<byte>(_offsets + 8 * sequence, 8));

    /// <summary>An entry of the document index.</summary>
    public long Document(long entry) => BinaryPrimitives.ReadInt64LittleEndian(new ReadOnlySpan<byte>(_documents + 8 * entry, 8));

    public static MegatronIndex Read(MappedFile file)
    {
        if (file.Length < HeaderLength)
            throw new InputException(file.Path, null, $"an index has at least {HeaderLength} bytes, this one {file.Length}.", Remedy);
        ReadOnlySpan<byte> header = file.Span(0, HeaderLength);
        if (!header.StartsWith(Magic))
        {
            throw header.StartsWith("TNTIDX\0\0"u8)
                ? new InputException(file.Path, "byte 0", "it is of the older \"cached\" kind (TNTIDX).", "Convert it with GPT-NeoX's tools to the mmap kind, or pack again.")
                : new InputException(file.Path, "byte 0", "expected the bytes MMIDIDX of a Megatron index, found others.", "Check that the prefix names a .bin/.idx pair.");
        }
        ulong version = BinaryPrimitives.ReadUInt64LittleEndian(header[9..]);
        if (version != Version)
            throw new InputException(file.Path, "byte 9", $"expected version {Version}, found {version}.", "Pack the tokens again with a tool that writes version 1.");
        var type = (MegatronDType)header[17];
        if (!Enum.IsDefined(type))
            throw new InputException(file.Path, "byte 17", $"expected an element type from 1 to 8, found {header[17]}.", Remedy);
        ulong sequences = BinaryPrimitives.ReadUInt64LittleEndian(header[18..]);
        ulong documents = BinaryPrimitives.ReadUInt64LittleEndian(header[26..]);
        UInt128 wanted = HeaderLength + (UInt128)sequences * 12 + (UInt128)documents * 8;
        if (wanted != (UInt128)file.Length)
        {
            throw new InputException(
                file.Path, "byte 18", $"{sequences} sequences and {documents} document entries need {wanted} bytes, the file has {file.Length}.", Remedy);
        }
        return new MegatronIndex(file.Pointer, type, (long)sequences, (long)documents);
    }
}
