using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Castalia.Tensors;

/// <summary>
/// How a product's kernel reads rows as fp32, 32 elements at a time, in two vectors of sixteen. Which of the 32 are in which vector is the format's
/// own: the two sides of a product agree in it. Kernels are generic in it and compile once for each format.
/// </summary>
internal unsafe interface IBlockFormat
{
    /// <summary>Elements of a block.</summary>
    public const int Block = 32;

    /// <summary>Bytes of a block's values.</summary>
    static abstract int BlockBytes { get; }

    /// <summary>Bytes of a block's scale.</summary>
    static abstract int ScaleBytes { get; }

    /// <summary>The first vector of a block.</summary>
    static abstract Vector512<float> First(byte* values, byte* scales, nint block);

    /// <summary>The second vector of a block.</summary>
    static abstract Vector512<float> Second(byte* values, byte* scales, nint block);
}

/// <summary>fp32 in order.</summary>
internal readonly unsafe struct Float32Blocks : IBlockFormat
{
    public static int BlockBytes => IBlockFormat.Block * sizeof(float);

    public static int ScaleBytes => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> First(byte* values, byte* scales, nint block) => Vector512.Load((float*)values + block * IBlockFormat.Block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Second(byte* values, byte* scales, nint block) => Vector512.Load((float*)values + block * IBlockFormat.Block + 16);
}

/// <summary>bf16, the even ones first, then the odd ones: two neighbours are one 32-bit word, and an fp32 number each once the other is shifted or masked out.</summary>
internal readonly unsafe struct BFloat16Blocks : IBlockFormat
{
    public static int BlockBytes => IBlockFormat.Block * sizeof(ushort);

    public static int ScaleBytes => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> First(byte* values, byte* scales, nint block) => (Vector512.Load((uint*)values + block * 16) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Second(byte* values, byte* scales, nint block) =>
        (Vector512.Load((uint*)values + block * 16) & Vector512.Create(0xffff0000u)).AsSingle();
}

/// <summary>bf16 in order: what meets int8.</summary>
internal readonly unsafe struct BFloat16OrderedBlocks : IBlockFormat
{
    public static int BlockBytes => IBlockFormat.Block * sizeof(ushort);

    public static int ScaleBytes => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> First(byte* values, byte* scales, nint block) => BFloat16Element.Load(values, block * IBlockFormat.Block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Second(byte* values, byte* scales, nint block) => BFloat16Element.Load(values, block * IBlockFormat.Block + 16);
}

/// <summary>int8 in order with a bf16 scale for each block of 32: what <see cref="QuantizedMatrix"/> holds.</summary>
internal readonly unsafe struct Int8Blocks : IBlockFormat
{
    public static int BlockBytes => IBlockFormat.Block;

    public static int ScaleBytes => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> First(byte* values, byte* scales, nint block) => Half((sbyte*)values + block * IBlockFormat.Block, scales, block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Second(byte* values, byte* scales, nint block) => Half((sbyte*)values + block * IBlockFormat.Block + 16, scales, block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Half(sbyte* values, byte* scales, nint block) =>
        Vector512.ConvertToSingle(Widen(Vector128.Load(values))) * Vector512.Create(BFloat16Element.Get(scales, block));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Widen(Vector128<sbyte> values)
    {
        if (System.Runtime.Intrinsics.X86.Avx512F.IsSupported)
            return System.Runtime.Intrinsics.X86.Avx512F.ConvertToVector512Int32(values);
        Vector256<short> shorts = Vector256.Create(Vector128.WidenLower(values), Vector128.WidenUpper(values));
        return Vector512.Create(Vector256.WidenLower(shorts), Vector256.WidenUpper(shorts));
    }
}

/// <summary>Rows of a matrix where they lie.</summary>
/// <param name="Values">Row after row.</param>
/// <param name="Scales">The rows' scales, or 0.</param>
/// <param name="Count">The number of rows.</param>
/// <param name="Length">The elements of a row; what is read of its last block beyond them is zero.</param>
/// <param name="RowBytes">From one row's values to the next.</param>
/// <param name="ScaleRowBytes">From one row's scales to the next.</param>
internal readonly unsafe record struct MatrixRows(nint Values, nint Scales, int Count, int Length, nint RowBytes, nint ScaleRowBytes)
{
    /// <summary>Blocks of a row.</summary>
    public nint Blocks => BlocksOf(Length);

    /// <summary>Blocks that hold so many elements.</summary>
    public static int BlocksOf(int length) => (length + IBlockFormat.Block - 1) / IBlockFormat.Block;

    /// <summary>A row's values; beyond the last, the last's.</summary>
    public byte* Row(nint row) => (byte*)Values + Math.Min(row, Count - 1) * RowBytes;

    /// <summary>A row's scales; beyond the last, the last's.</summary>
    public byte* ScaleRow(nint row) => (byte*)Scales + Math.Min(row, Count - 1) * ScaleRowBytes;
}
