using System.Buffers.Binary;
using System.Text;

namespace Castalia.Formats;

/// <summary>A tensor to be written: what the header says of it, and how to get its bytes.</summary>
/// <param name="Name">Its name, unique in the file.</param>
/// <param name="DType">Its element type.</param>
/// <param name="Shape">The lengths of its axes; empty for a scalar.</param>
/// <param name="Length">Its bytes: the product of the shape times the element size.</param>
/// <param name="Write">Writes exactly that many bytes, little-endian and row-major. Called once, in file order.</param>
public sealed record SafetensorsSource(string Name, SafetensorsDType DType, long[] Shape, long Length, Action<Stream> Write)
{
    /// <summary>A tensor whose bytes are in memory.</summary>
    public static SafetensorsSource FromBytes(string name, SafetensorsDType type, long[] shape, ReadOnlyMemory<byte> bytes) =>
        new(name, type, shape, bytes.Length, stream => stream.Write(bytes.Span));
}

/// <summary>
/// Writes safetensors files as the reference library does, byte for byte: tensors by descending element type, then by name; the header without
/// spaces and padded with them to a multiple of 8; metadata first. Where that library's order is random (several metadata keys),
/// ours is by key. The same content gives the same bytes.
/// </summary>
public static class SafetensorsWriter
{
    /// <summary>Writes a file atomically (see <see cref="AtomicFile"/>).</summary>
    /// <param name="path">The final path.</param>
    /// <param name="tensors">The tensors, in any order.</param>
    /// <param name="metadata">Free-form texts; <c>format = pt</c> is what transformers looks for. Null for none.</param>
    /// <param name="progress">Told the bytes written, after each tensor.</param>
    /// <param name="cancellationToken">Stops the writing between tensors; the file then does not appear.</param>
    /// <exception cref="ArgumentException">Two tensors of one name, a reserved name, or a length that does not match the shape.</exception>
    /// <exception cref="InvalidOperationException">A source wrote more or fewer bytes than it announced.</exception>
    /// <exception cref="InputException">The disk is full, or the file cannot be written here.</exception>
    public static void Write(
        string path,
        IReadOnlyList<SafetensorsSource> tensors,
        IReadOnlyDictionary<string, string>? metadata = null,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        SafetensorsSource[] ordered = Order(tensors);
        byte[] header = Header(ordered, metadata);
        long total = SafetensorsFile.PrefixLength + header.Length + ordered.Sum(tensor => tensor.Length);
        string work = $"write {Path.GetFileName(path)}";
        AtomicFile.Write(path, stream =>
        {
            Span<byte> prefix = stackalloc byte[SafetensorsFile.PrefixLength];
            BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
            stream.Write(prefix);
            stream.Write(header);
            foreach (SafetensorsSource tensor in ordered)
            {
                cancellationToken.ThrowIfCancellationRequested();
                long start = stream.Position;
                tensor.Write(stream);
                if (stream.Position - start != tensor.Length)
                    throw new InvalidOperationException($"Tensor {tensor.Name} announced {tensor.Length} bytes and wrote {stream.Position - start}.");
                progress?.Report(new WorkProgress(work, stream.Position, total, "bytes"));
            }
        }, total);
    }

    private static SafetensorsSource[] Order(IReadOnlyList<SafetensorsSource> tensors)
    {
        SafetensorsSource[] ordered = [.. tensors];
        // Rust orders strings by their UTF-8 bytes, .NET's ordinal order is by UTF-16 units; they differ above U+FFFF.
        Array.Sort(ordered, (a, b) => a.DType != b.DType ? b.DType.CompareTo(a.DType) : Utf8Order(a.Name, b.Name));
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (SafetensorsSource tensor in ordered)
        {
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"Two tensors are named {tensor.Name}.", nameof(tensors));
            if (tensor.Name == SafetensorsFile.MetadataName)
                throw new ArgumentException($"{tensor.Name} is the format's own name for the metadata.", nameof(tensors));
            if (tensor.DType.ByteLength(tensor.Shape) != tensor.Length)
            {
                throw new ArgumentException(
                    $"Tensor {tensor.Name} of {tensor.DType.Name()} [{string.Join(", ", tensor.Shape)}] cannot have {tensor.Length} bytes.", nameof(tensors));
            }
        }
        return ordered;
    }

    private static byte[] Header(SafetensorsSource[] ordered, IReadOnlyDictionary<string, string>? metadata)
    {
        var json = new StringBuilder("{");
        if (metadata is not null)
        {
            json.Append('"').Append(SafetensorsFile.MetadataName).Append("\":{");
            json.AppendJoin(',', metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{Quoted(pair.Key)}:{Quoted(pair.Value)}"));
            json.Append('}');
        }
        long position = 0;
        foreach (SafetensorsSource tensor in ordered)
        {
            if (json.Length > 1)
                json.Append(',');
            json.Append(Quoted(tensor.Name))
                .Append(":{\"dtype\":\"").Append(tensor.DType.Name())
                .Append("\",\"shape\":[").AppendJoin(',', tensor.Shape)
                .Append("],\"data_offsets\":[").Append(position).Append(',').Append(position += tensor.Length)
                .Append("]}");
        }
        json.Append('}');
        int length = Encoding.UTF8.GetByteCount(json.ToString());
        json.Append(' ', (8 - length % 8) % 8);
        return Encoding.UTF8.GetBytes(json.ToString());
    }

    // The few escapes of serde_json, everything else as it is: System.Text.Json escapes more.
    private static string Quoted(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\b' => quoted.Append("\\b"),
                '\f' => quoted.Append("\\f"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                < ' ' => quoted.Append("\\u00").Append(((int)c).ToString("x2")),
                _ => quoted.Append(c),
            };
        }
        return quoted.Append('"').ToString();
    }

    private static int Utf8Order(string a, string b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b));
}
