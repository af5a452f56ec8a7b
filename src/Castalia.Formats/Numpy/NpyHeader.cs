using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Castalia.Formats;

/// <summary>
/// The header of a <c>.npy</c> file: magic, version, length, and a Python dictionary with <c>descr</c>, <c>fortran_order</c> and <c>shape</c>, padded so
/// that the data start at a multiple of 64. After NumPy's <c>lib/format.py</c>; the dictionary is read by a grammar of its own, nothing is evaluated.
/// </summary>
internal sealed record NpyHeader(NpyDType DType, long[] Shape, bool FortranOrder, long DataStart)
{
    // NumPy's own bound for files that are not trusted.
    private const int LongestHeader = 10_000;
    private const int MostAxes = 64;
    private const int Alignment = 64;
    private const int GrowthDigits = 21;
    private const string Remedy = "Make the file again.";

    public static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Elements in all.</summary>
    public long Count => Elements(Shape) ?? throw new InvalidOperationException("A checked header has a count.");

    /// <summary>Reads and checks the header of a mapped file.</summary>
    /// <exception cref="InputException">It is not a <c>.npy</c> file of the kinds known here, or it is cut short.</exception>
    public static NpyHeader Read(MappedFile file)
    {
        InputException Wrong(string place, string problem, string remedy = Remedy) => new(file.Path, place, problem, remedy);

        ReadOnlySpan<byte> start = file.Span(0, (int)Math.Min(file.Length, 12));
        if (!start.StartsWith(Magic) || start.Length < 10)
            throw Wrong("byte 0", "expected the start of a NumPy array, found other bytes.", "Check that this is a .npy file (an .npz must be unzipped).");
        int prefix = start[6] switch { 1 => 10, 2 or 3 => 12, byte version => throw Wrong("byte 6", $"expected format version 1 to 3, found {version}.") };
        if (file.Length < prefix)
            throw Wrong("byte 8", "the file is cut short inside its header.");
        long length = prefix == 10 ? BinaryPrimitives.ReadUInt16LittleEndian(start[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        if (length > LongestHeader || length > file.Length - prefix)
            throw Wrong("byte 8", $"the header would have {length} bytes; the file has {file.Length}, and no sound header more than {LongestHeader}.");
        string text = Encoding.UTF8.GetString(file.Span(prefix, (int)length));
        NpyHeader header = NpyHeaderText.Parse(text, problem => Wrong("header", problem)) with { DataStart = prefix + length };
        if (header.Shape.Length > MostAxes)
            throw Wrong("header", $"the array has {header.Shape.Length} axes, more than {MostAxes}.");
        Int128 end = Elements(header.Shape) is long elements ? header.DataStart + ((Int128)elements * header.DType.Size()) : Int128.MaxValue;
        if (end != file.Length)
        {
            string shape = string.Join(", ", header.Shape);
            string wanted = end == Int128.MaxValue ? "more than 2^63 elements" : $"a file of {end} bytes";
            throw Wrong($"byte {file.Length}", $"the shape ({shape}) of {header.DType.Descr()} needs {wanted}, this one has {file.Length} bytes.");
        }
        return header;
    }

    /// <summary>The bytes before the data, as NumPy writes them.</summary>
    public static byte[] Format(NpyDType type, ReadOnlySpan<long> shape)
    {
        var axes = new StringBuilder("(");
        foreach (long axis in shape)
            axes.Append(CultureInfo.InvariantCulture, $"{axis}, ");
        // (3,) but (3, 4): Python's tuples.
        if (shape.Length > 0)
            axes.Length -= shape.Length == 1 ? 1 : 2;
        axes.Append(')');
        var text = new StringBuilder($"{{'descr': '{type.Descr()}', 'fortran_order': False, 'shape': {axes}, }}");
        // Newer NumPy leaves room for the first axis to grow in place to any 64-bit length.
        if (shape.Length > 0)
            text.Append(' ', GrowthDigits - shape[0].ToString(CultureInfo.InvariantCulture).Length);
        int padding = Alignment - ((Magic.Length + 4 + text.Length + 1) % Alignment);
        text.Append(' ', padding % Alignment).Append('\n');
        byte[] bytes = new byte[Magic.Length + 4 + text.Length];
        Magic.CopyTo(bytes);
        (bytes[6], bytes[7]) = (1, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)text.Length);
        Encoding.ASCII.GetBytes(text.ToString(), bytes.AsSpan(10));
        return bytes;
    }

    /// <summary>The product of the axes; null if it exceeds 63 bits.</summary>
    public static long? Elements(ReadOnlySpan<long> shape)
    {
        Int128 product = 1;
        foreach (long axis in shape)
        {
            product *= axis;
            if (product > long.MaxValue)
                return null;
        }
        return (long)product;
    }
}
