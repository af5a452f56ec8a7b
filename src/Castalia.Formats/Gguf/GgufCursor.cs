using System.Buffers.Binary;

namespace Castalia.Formats;

/// <summary>Reads a GGUF file piece by piece; what is not all there is a complaint with the byte where it should have been.</summary>
internal sealed class GgufCursor(MappedFile file)
{
    /// <summary>The file.</summary>
    public MappedFile File => file;

    /// <summary>The byte that is read next.</summary>
    public long Position { get; set; }

    /// <summary>The next four bytes as a number.</summary>
    public uint UInt32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(sizeof(uint), what));

    /// <summary>The next eight bytes as a number.</summary>
    public ulong UInt64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(sizeof(ulong), what));

    /// <summary>The next bytes, in place.</summary>
    public ReadOnlySpan<byte> Bytes(int count, string what)
    {
        long start = Position;
        Skip((uint)count, what);
        return file.Span(start, count);
    }

    /// <summary>Passes bytes.</summary>
    /// <param name="count">How many.</param>
    /// <param name="what">What they are part of, for complaints.</param>
    public void Skip(UInt128 count, string what)
    {
        if (count > (UInt128)(file.Length - Position))
        {
            throw new InputException(file.Path, $"byte {Position}",
                $"expected {count} more bytes for {what}, found {file.Length - Position}: the file is cut short or damaged.", GgufFile.Remedy);
        }
        Position += (long)count;
    }
}
