using System.Buffers.Binary;
using System.Text;

namespace Castalia.Formats;

/// <summary>A member of a <see cref="StoredZip"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Offset">Where its bytes start, from the start of the file.</param>
/// <param name="Length">How many bytes it has.</param>
/// <param name="Checksum">The CRC-32 that the archive claims for them.</param>
internal sealed record ZipMember(string Name, long Offset, long Length, uint Checksum);

/// <summary>
/// The directory of a zip archive whose members are stored as they are, so that a memory map gives them: what PyTorch writes. Compressed and
/// encrypted members, members that overlap or lie outside the file, and names that occur twice are refused; nothing is read but the directory
/// and each member's own header. Layout after PKWARE's APPNOTE.TXT, zip64 included.
/// </summary>
internal static class StoredZip
{
    private const int EndLength = 22, LongestComment = 65_535, LocatorLength = 20, End64Length = 56, EntryLength = 46, HeaderLength = 30;
    private const uint EndSignature = 0x06054B50, LocatorSignature = 0x07064B50, End64Signature = 0x06064B50, EntrySignature = 0x02014B50;
    private const ushort Encrypted = 1, SizesFollow = 8, Zip64Field = 1;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What every archive with members begins with.</summary>
    public static ReadOnlySpan<byte> Magic => "PK\u0003\u0004"u8;

    /// <summary>Reads and checks the directory.</summary>
    /// <exception cref="InputException">The archive is damaged, or of another kind.</exception>
    public static IReadOnlyDictionary<string, ZipMember> Read(MappedFile file)
    {
        (long start, long length, ulong count) = FindDirectory(file);
        long position = start;
        if (count > (ulong)(length / EntryLength))
            throw Wrong(file, start, $"its directory of {length} bytes cannot have {count} members.");
        var members = new Dictionary<string, ZipMember>(StringComparer.Ordinal);
        var spans = new List<(long Header, ZipMember Member)>();
        for (ulong i = 0; i < count; i++)
        {
            (long header, ZipMember member, int taken) = ReadEntry(file, position, start + length, directory: start);
            position += taken;
            if (!members.TryAdd(member.Name, member))
                throw Wrong(file, position - taken, $"the member {member.Name} occurs twice.");
            spans.Add((header, member));
        }
        spans.Sort((a, b) => a.Header.CompareTo(b.Header));
        long free = 0;
        foreach ((long header, ZipMember member) in spans)
        {
            if (header < free)
                throw Wrong(file, header, $"the member {member.Name} overlaps the one before it.");
            free = member.Offset + member.Length;
        }
        return members;
    }

    private static (long Start, long Length, ulong Count) FindDirectory(MappedFile file)
    {
        long end = file.Length - EndLength;
        for (long least = Math.Max(0, end - LongestComment); ; end--)
        {
            if (end < least)
                throw Wrong(file, file.Length, "expected the directory of a zip archive at its end: the file is cut short or damaged.");
            ReadOnlySpan<byte> candidate = file.Span(end, EndLength);
            if (UInt32(candidate) == EndSignature && end + EndLength + UInt16(candidate[20..]) == file.Length)
                break;
        }
        ReadOnlySpan<byte> record = file.Span(end, EndLength);
        if (UInt16(record[4..]) != UInt16(record[6..]) || UInt16(record[8..]) != UInt16(record[10..]))
            throw Wrong(file, end, "it is a part of an archive in several files.");
        (ulong count, ulong length, ulong start) = (UInt16(record[10..]), UInt32(record[12..]), UInt32(record[16..]));
        long limit = end;
        if (end >= LocatorLength && UInt32(file.Span(end - LocatorLength, LocatorLength)) == LocatorSignature)
        {
            ulong at = UInt64(file.Span(end - LocatorLength, LocatorLength)[8..]);
            if (at > (ulong)(end - LocatorLength) || end - LocatorLength - (long)at < End64Length || UInt32(file.Span((long)at, End64Length)) != End64Signature)
                throw Wrong(file, end - LocatorLength, "its zip64 locator points at no zip64 record.");
            record = file.Span((long)at, End64Length);
            (count, length, start) = (UInt64(record[32..]), UInt64(record[40..]), UInt64(record[48..]));
            limit = (long)at;
        }
        if (start > (ulong)limit || length > (ulong)limit - start)
            throw Wrong(file, end, $"its directory would be bytes {start} to {(UInt128)start + length}, the file has {file.Length}.");
        return ((long)start, (long)length, count);
    }

    private static (long Header, ZipMember Member, int Taken) ReadEntry(MappedFile file, long position, long end, long directory)
    {
        if (end - position < EntryLength || UInt32(file.Span(position, EntryLength)) != EntrySignature)
            throw Wrong(file, position, "expected a member of the archive's directory.");
        ReadOnlySpan<byte> entry = file.Span(position, EntryLength);
        int nameLength = UInt16(entry[28..]), extraLength = UInt16(entry[30..]), taken = EntryLength + nameLength + extraLength + UInt16(entry[32..]);
        if (end - position < taken)
            throw Wrong(file, position, "a member of the archive's directory runs past its end.");
        string name = Name(file, position + EntryLength, nameLength);
        ushort flags = UInt16(entry[8..]), method = UInt16(entry[10..]);
        if (method != 0 || (flags & Encrypted) != 0)
        {
            throw new InputException(
                file.Path, $"member {name}",
                (flags & Encrypted) != 0 ? "it is encrypted." : $"it is compressed (method {method}); PyTorch stores members as they are.",
                "Save the file with torch.save, which does not compress.");
        }
        (ulong packed, ulong length, ulong header) = (UInt32(entry[20..]), UInt32(entry[24..]), UInt32(entry[42..]));
        Widen(file, position, file.Span(position + EntryLength + nameLength, extraLength), ref length, ref packed, ref header);
        if (packed != length)
            throw Wrong(file, position, $"the member {name} is stored in {packed} bytes and claims {length}.");
        if (header > (ulong)directory || directory - (long)header < HeaderLength)
            throw Wrong(file, position, $"the member {name} would begin at byte {header}, outside the members.");
        long offset = Place(file, name, file.Span(position + EntryLength, nameLength), (long)header, length, directory);
        return ((long)header, new ZipMember(name, offset, (long)length, UInt32(entry[16..])), taken);
    }

    /// <summary>Where a member's bytes start, by its own header, which has to agree with the directory.</summary>
    private static long Place(MappedFile file, string name, ReadOnlySpan<byte> nameBytes, long header, ulong length, long directory)
    {
        ReadOnlySpan<byte> local = file.Span(header, HeaderLength);
        if (!local.StartsWith(Magic))
            throw Wrong(file, header, $"expected the header of the member {name}.");
        int nameLength = UInt16(local[26..]);
        long offset = header + HeaderLength + nameLength + UInt16(local[28..]);
        if (offset > directory || length > (ulong)(directory - offset))
            throw Wrong(file, header, $"the member {name} would be bytes {offset} to {(UInt128)offset + length}, past the members' end at {directory}.");
        if (!file.Span(header + HeaderLength, nameLength).SequenceEqual(nameBytes))
            throw Wrong(file, header, $"the member {name} has another name in its own header.");
        uint localLength = UInt32(local[22..]);
        if (UInt16(local[8..]) != 0 || (localLength != length && localLength != uint.MaxValue && (UInt16(local[6..]) & SizesFollow) == 0))
            throw Wrong(file, header, $"the member {name} has another size or method in its own header.");
        return offset;
    }

    /// <summary>Takes from the zip64 field those numbers that have no room in the entry, in the order in which they stand there.</summary>
    private static void Widen(MappedFile file, long position, ReadOnlySpan<byte> extra, ref ulong length, ref ulong packed, ref ulong header)
    {
        while (extra.Length >= 4)
        {
            int size = UInt16(extra[2..]);
            if (size > extra.Length - 4)
                break;
            if (UInt16(extra) == Zip64Field)
            {
                ReadOnlySpan<byte> field = extra.Slice(4, size);
                Take(ref length, ref field);
                Take(ref packed, ref field);
                Take(ref header, ref field);
                return;
            }
            extra = extra[(4 + size)..];
        }

        void Take(ref ulong number, ref ReadOnlySpan<byte> field)
        {
            if (number != uint.MaxValue)
                return;
            if (field.Length < 8)
                throw Wrong(file, position, "a zip64 field is cut short.");
            number = UInt64(field);
            field = field[8..];
        }
    }

    private static string Name(MappedFile file, long position, int length)
    {
        try
        {
            return StrictUtf8.GetString(file.Span(position, length));
        }
        catch (DecoderFallbackException exception)
        {
            throw new InputException(file.Path, $"byte {position}", "a member's name is not UTF-8.", PytorchFile.Damaged, exception);
        }
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    private static uint UInt32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    private static ulong UInt64(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    private static InputException Wrong(MappedFile file, long position, string problem) => new(file.Path, $"byte {position}", problem, PytorchFile.Damaged);
}
