using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Castalia.Formats;

/// <summary>The bytes of a pickle in a mapped file, read piece by piece; what is not all there is a complaint with the byte it is missing at.</summary>
/// <param name="file">The file.</param>
/// <param name="start">Where the pickle starts.</param>
/// <param name="limit">Where it has to end at the latest.</param>
/// <param name="member">The archive's member that it is, so that bytes are counted from its start; null to count from the file's.</param>
internal sealed class PickleCursor(MappedFile file, long start, long limit, string? member)
{
    private const int LongestName = 256, LongestInteger = 32;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>How many bytes have been read.</summary>
    public int Read { get; private set; }

    /// <summary>The byte that is read next, from the file's start.</summary>
    public long Position => start + Read;

    /// <summary>A byte of the file as messages name it.</summary>
    public string Place(long position) => member is null ? $"byte {position}" : $"byte {position - start} of {member}";

    /// <summary>The next byte.</summary>
    public byte Byte() => Bytes(1)[0];

    /// <summary>The next two bytes as a number.</summary>
    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2));

    /// <summary>The next four bytes as a number.</summary>
    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Bytes(4));

    /// <summary>The next four bytes as a length.</summary>
    public ulong UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    /// <summary>The next eight bytes as a length.</summary>
    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8));

    /// <summary>The next eight bytes, big-endian as pickles have floats, as a number.</summary>
    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Bytes(8));

    /// <summary>The next bytes as text.</summary>
    public string Text(ulong length)
    {
        long at = Position;
        ReadOnlySpan<byte> bytes = Bytes(length);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw new InputException(file.Path, Place(at), "expected UTF-8 text, found other bytes.", PytorchFile.Damaged, exception);
        }
    }

    /// <summary>The text up to the end of the line.</summary>
    public string Line()
    {
        ReadOnlySpan<byte> rest = file.Span(Position, (int)Math.Min(LongestName + 1, limit - Position));
        int length = rest.IndexOf((byte)'\n');
        if (length < 0)
            throw new InputException(file.Path, Place(Position), $"expected a name of at most {LongestName} bytes and the end of its line.", PytorchFile.Damaged);
        string text = Text((ulong)length);
        Read++;
        return text;
    }

    /// <summary>The next bytes as a whole number in two's complement: a <see cref="long"/> where it fits, else a <see cref="BigInteger"/>.</summary>
    public object Integer(ulong length)
    {
        if (length > LongestInteger)
        {
            throw new InputException(file.Path, Place(Position), $"a whole number would have {length} bytes; nothing here has more than {LongestInteger}.",
                PytorchFile.Damaged);
        }
        var number = new BigInteger(Bytes(length));
        return number >= long.MinValue && number <= long.MaxValue ? (object)(long)number : number;
    }

    /// <summary>The next bytes, in place.</summary>
    public ReadOnlySpan<byte> Bytes(ulong length)
    {
        if (length > (ulong)(limit - Position))
        {
            throw new InputException(file.Path, Place(Position), $"expected {length} more bytes of the pickle, found {limit - Position}: it is cut short or damaged.",
                PytorchFile.Damaged);
        }
        ReadOnlySpan<byte> bytes = file.Span(Position, (int)length);
        Read += (int)length;
        return bytes;
    }
}
