using System.Buffers.Binary;
using System.Text;

namespace Castalia.Formats;

/// <summary>A tensor to be written: what the header says of it, and how to get its bytes.</summary>
/// <param name="Name">Its name, unique in the file, of at most 63 bytes.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">The lengths of its axes, rows last, at most four; the file has them the other way round.</param>
/// <param name="Write">Writes exactly its bytes. Called once, in the order of the file.</param>
public sealed record GgufSource(string Name, GgmlType Type, long[] Shape, Action<Stream> Write)
{
    /// <summary>How many bytes it has; null where rows are not whole blocks.</summary>
    public long? Length => Type.ByteLength(Shape);
}

/// <summary>
/// Writes GGUF files of version 3 as llama.cpp reads them: keys and tensors in the order in which they are given, each tensor at a multiple of
/// 32 bytes and filled up to one. The same content gives the same bytes. The file appears whole or not at all.
/// </summary>
public static class GgufWriter
{
    private const uint Version = 3;
    private const int Alignment = 32, LongestName = 63, MostAxes = 4;

    /// <summary>Writes a file atomically (see <see cref="AtomicFile"/>).</summary>
    /// <param name="path">The final path.</param>
    /// <param name="keys">The metadata.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="progress">Told the bytes written, after each tensor.</param>
    /// <param name="cancellationToken">Stops the writing between tensors; the file then does not appear.</param>
    /// <exception cref="ArgumentException">Two keys or tensors of one name, or what a GGUF file cannot hold.</exception>
    /// <exception cref="InvalidOperationException">A source wrote more or fewer bytes than its shape has.</exception>
    /// <exception cref="InputException">The disk is full, or the file cannot be written here.</exception>
    public static void Write(
        string path,
        IReadOnlyList<GgufEntry> keys,
        IReadOnlyList<GgufSource> tensors,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        Check(keys, tensors);
        byte[] header = Header(keys, tensors);
        long total = Padded(header.Length) + tensors.Sum(tensor => Padded(tensor.Length!.Value));
        string work = $"write {Path.GetFileName(path)}";
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            Pad(stream);
            foreach (GgufSource tensor in tensors)
            {
                cancellationToken.ThrowIfCancellationRequested();
                long start = stream.Position;
                tensor.Write(stream);
                if (stream.Position - start != tensor.Length)
                    throw new InvalidOperationException($"Tensor {tensor.Name} has {tensor.Length} bytes and {stream.Position - start} were written.");
                Pad(stream);
                progress?.Report(new WorkProgress(work, stream.Position, total, "bytes"));
            }
        }, total);
    }

    private static void Check(IReadOnlyList<GgufEntry> keys, IReadOnlyList<GgufSource> tensors)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (GgufEntry entry in keys)
        {
            if (entry.Key.Length == 0 || !names.Add(entry.Key))
                throw new ArgumentException(entry.Key.Length == 0 ? "A key has no name." : $"Two keys are named {entry.Key}.", nameof(keys));
            if (entry.Key == GgufHeader.AlignmentKey)
                throw new ArgumentException($"{entry.Key} is not for the caller to say: it is {Alignment}, which a file does not have to say.", nameof(keys));
        }
        names.Clear();
        foreach (GgufSource tensor in tensors)
        {
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"Two tensors are named {tensor.Name}.", nameof(tensors));
            if (Encoding.UTF8.GetByteCount(tensor.Name) is 0 or > LongestName)
                throw new ArgumentException($"A tensor's name has 1 to {LongestName} bytes; '{tensor.Name}' has not.", nameof(tensors));
            if (tensor.Shape.Length > MostAxes || tensor.Shape.Any(length => length < 0) || tensor.Length is null)
                throw new ArgumentException($"Tensor {tensor.Name} cannot be {tensor.Type} of shape [{string.Join(", ", tensor.Shape)}].", nameof(tensors));
        }
    }

    private static byte[] Header(IReadOnlyList<GgufEntry> keys, IReadOnlyList<GgufSource> tensors)
    {
        using var header = new MemoryStream();
        header.Write(GgufHeader.Magic);
        UInt32(header, Version);
        UInt64(header, (ulong)tensors.Count);
        UInt64(header, (ulong)keys.Count);
        foreach (GgufEntry entry in keys)
        {
            header.Write(GgufEntry.Text(entry.Key));
            UInt32(header, (uint)entry.Type);
            header.Write(entry.Value);
        }
        long offset = 0;
        foreach (GgufSource tensor in tensors)
        {
            header.Write(GgufEntry.Text(tensor.Name));
            UInt32(header, (uint)tensor.Shape.Length);
            foreach (long length in tensor.Shape.Reverse())
                UInt64(header, (ulong)length);
            UInt32(header, (uint)tensor.Type);
            UInt64(header, (ulong)offset);
            offset = checked(offset + Padded(tensor.Length!.Value));
        }
        return header.ToArray();
    }

    private static long Padded(long length) => checked(length + Alignment - 1) / Alignment * Alignment;

    private static void Pad(Stream stream)
    {
        ReadOnlySpan<byte> zeros = stackalloc byte[Alignment];
        stream.Write(zeros[..(int)(Padded(stream.Position) - stream.Position)]);
    }

    private static void UInt32(Stream stream, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        stream.Write(bytes);
    }

    private static void UInt64(Stream stream, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        stream.Write(bytes);
    }
}
