using System.Collections.Frozen;

namespace Castalia.Formats;

/// <summary>Element types of a GGUF file's tensors; the numbers are ggml's. Quantised ones store rows in blocks.</summary>
public enum GgmlType
{
    /// <summary>IEEE float.</summary>
    F32 = 0,
    /// <summary>IEEE half.</summary>
    F16 = 1,
    /// <summary>4 bits, a scale for 32.</summary>
    Q4_0 = 2,
    /// <summary>4 bits, a scale and a minimum for 32.</summary>
    Q4_1 = 3,
    /// <summary>5 bits, a scale for 32.</summary>
    Q5_0 = 6,
    /// <summary>5 bits, a scale and a minimum for 32.</summary>
    Q5_1 = 7,
    /// <summary>8 bits, a scale for 32.</summary>
    Q8_0 = 8,
    /// <summary>2 bits in super-blocks of 256.</summary>
    Q2_K = 10,
    /// <summary>3 bits in super-blocks of 256.</summary>
    Q3_K = 11,
    /// <summary>4 bits in super-blocks of 256.</summary>
    Q4_K = 12,
    /// <summary>5 bits in super-blocks of 256.</summary>
    Q5_K = 13,
    /// <summary>6 bits in super-blocks of 256.</summary>
    Q6_K = 14,
    /// <summary>2.06 bits, by codebook.</summary>
    IQ2_XXS = 16,
    /// <summary>2.31 bits, by codebook.</summary>
    IQ2_XS = 17,
    /// <summary>3.06 bits, by codebook.</summary>
    IQ3_XXS = 18,
    /// <summary>1.56 bits, by codebook.</summary>
    IQ1_S = 19,
    /// <summary>4 bits, not linear, a scale for 32.</summary>
    IQ4_NL = 20,
    /// <summary>3.44 bits, by codebook.</summary>
    IQ3_S = 21,
    /// <summary>2.56 bits, by codebook.</summary>
    IQ2_S = 22,
    /// <summary>4.25 bits, not linear.</summary>
    IQ4_XS = 23,
    /// <summary>Signed byte.</summary>
    I8 = 24,
    /// <summary>Signed 16-bit integer.</summary>
    I16 = 25,
    /// <summary>Signed 32-bit integer.</summary>
    I32 = 26,
    /// <summary>Signed 64-bit integer.</summary>
    I64 = 27,
    /// <summary>IEEE double.</summary>
    F64 = 28,
    /// <summary>1.75 bits, by codebook.</summary>
    IQ1_M = 29,
    /// <summary>Brain float: the upper half of a float.</summary>
    BF16 = 30,
    /// <summary>Ternary, 1.69 bits.</summary>
    TQ1_0 = 34,
    /// <summary>Ternary, 2.06 bits.</summary>
    TQ2_0 = 35,
    /// <summary>4-bit float (MX), a scale for 32.</summary>
    MXFP4 = 39,
}

/// <summary>Sizes of <see cref="GgmlType"/>.</summary>
public static class GgmlTypes
{
    private static readonly FrozenDictionary<GgmlType, (int Elements, int Bytes)> Blocks = new Dictionary<GgmlType, (int, int)>
    {
        [GgmlType.F32] = (1, 4), [GgmlType.F16] = (1, 2), [GgmlType.BF16] = (1, 2), [GgmlType.F64] = (1, 8),
        [GgmlType.I8] = (1, 1), [GgmlType.I16] = (1, 2), [GgmlType.I32] = (1, 4), [GgmlType.I64] = (1, 8),
        [GgmlType.Q4_0] = (32, 18), [GgmlType.Q4_1] = (32, 20), [GgmlType.Q5_0] = (32, 22), [GgmlType.Q5_1] = (32, 24), [GgmlType.Q8_0] = (32, 34),
        [GgmlType.Q2_K] = (256, 84), [GgmlType.Q3_K] = (256, 110), [GgmlType.Q4_K] = (256, 144), [GgmlType.Q5_K] = (256, 176),
        [GgmlType.Q6_K] = (256, 210), [GgmlType.IQ2_XXS] = (256, 66), [GgmlType.IQ2_XS] = (256, 74), [GgmlType.IQ2_S] = (256, 82),
        [GgmlType.IQ3_XXS] = (256, 98), [GgmlType.IQ3_S] = (256, 110), [GgmlType.IQ1_S] = (256, 50), [GgmlType.IQ1_M] = (256, 56),
        [GgmlType.IQ4_NL] = (32, 18), [GgmlType.IQ4_XS] = (256, 136), [GgmlType.TQ1_0] = (256, 54), [GgmlType.TQ2_0] = (256, 66),
        [GgmlType.MXFP4] = (32, 17),
    }.ToFrozenDictionary();

    /// <summary>Elements that are stored together; rows are whole blocks. 1 for types that are not quantised.</summary>
    public static int BlockLength(this GgmlType type) => Blocks[type].Elements;

    /// <summary>Bytes a block.</summary>
    public static int BlockBytes(this GgmlType type) => Blocks[type].Bytes;

    /// <summary>Whether a number is that of a type known here.</summary>
    internal static bool IsKnown(uint number) => number <= int.MaxValue && Blocks.ContainsKey((GgmlType)number);

    /// <summary>The bytes of a tensor, or null where rows are not whole blocks or the count overflows 63 bits.</summary>
    /// <param name="type">The element type.</param>
    /// <param name="shape">The lengths of its axes, rows last.</param>
    public static long? ByteLength(this GgmlType type, ReadOnlySpan<long> shape)
    {
        (int elements, int bytes) = Blocks[type];
        if (shape.Length > 0 && shape[^1] % elements != 0)
            return null;
        Int128 length = shape.Length == 0 ? 1 : shape[^1] / elements;
        for (int axis = 0; axis < shape.Length - 1 && length <= long.MaxValue; axis++)
            length *= shape[axis];
        length = length > long.MaxValue ? length : length * bytes;
        return length <= long.MaxValue ? (long)length : null;
    }
}
