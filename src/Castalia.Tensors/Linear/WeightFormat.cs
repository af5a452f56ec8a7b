using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Castalia.Tensors;

/// <summary>
/// How a product's kernel reads a matrix's weights as fp32, 32 of a row at a time, in two vectors of sixteen. Which of the 32 are in which
/// vector is the format's own; inputs are laid out to match. Kernels are generic in it and compile once for each format.
/// </summary>
internal unsafe interface IWeightFormat
{
    /// <summary>Weights of a block.</summary>
    public const int Block = 32;

    /// <summary>Bytes of a block's values.</summary>
    static abstract int BlockBytes { get; }

    /// <summary>Bytes of a block's scale.</summary>
    static abstract int ScaleBytes { get; }

    /// <summary>The even ones of each block are in the first vector, the odd ones in the second; else the first half and the second.</summary>
    static abstract bool EvenOdd { get; }

    /// <summary>The first vector of a block.</summary>
    static abstract Vector512<float> First(byte* values, byte* scales, nint block);

    /// <summary>The second vector of a block.</summary>
    static abstract Vector512<float> Second(byte* values, byte* scales, nint block);
}

/// <summary>fp32 weights.</summary>
internal readonly unsafe struct Float32Weights : IWeightFormat
{
    public static int BlockBytes => IWeightFormat.Block * sizeof(float);

    public static int ScaleBytes => 0;

    public static bool EvenOdd => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> First(byte* values, byte* scales, nint block) => Vector512.Load((float*)values + block * IWeightFormat.Block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Second(byte* values, byte* scales, nint block) => Vector512.Load((float*)values + block * IWeightFormat.Block + 16);
}

/// <summary>bf16 weights. Two neighbours are one 32-bit word, and an fp32 number each once the other is masked or shifted out.</summary>
internal readonly unsafe struct BFloat16Weights : IWeightFormat
{
    public static int BlockBytes => IWeightFormat.Block * sizeof(ushort);

    public static int ScaleBytes => 0;

    public static bool EvenOdd => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> First(byte* values, byte* scales, nint block) => (Vector512.Load((uint*)values + block * 16) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Second(byte* values, byte* scales, nint block) =>
        (Vector512.Load((uint*)values + block * 16) & Vector512.Create(0xffff0000u)).AsSingle();
}

/// <summary>int8 weights with a bf16 scale for each block of 32: what <see cref="QuantizedMatrix"/> holds.</summary>
internal readonly unsafe struct Int8Weights : IWeightFormat
{
    public static int BlockBytes => IWeightFormat.Block;

    public static int ScaleBytes => sizeof(ushort);

    public static bool EvenOdd => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> First(byte* values, byte* scales, nint block) => Half((sbyte*)values + block * IWeightFormat.Block, scales, block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Second(byte* values, byte* scales, nint block) => Half((sbyte*)values + block * IWeightFormat.Block + 16, scales, block);

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

/// <summary>A matrix's weights where they lie.</summary>
/// <param name="Values">Row after row.</param>
/// <param name="Scales">The rows' scales, or null.</param>
/// <param name="Outputs">The number of rows.</param>
/// <param name="Inputs">The length of a row.</param>
/// <param name="ValueBytes">From one row's values to the next.</param>
/// <param name="ScaleRowBytes">From one row's scales to the next.</param>
internal readonly unsafe record struct WeightRows(nint Values, nint Scales, int Outputs, int Inputs, nint ValueBytes, nint ScaleRowBytes)
{
    public nint Blocks => (Inputs + IWeightFormat.Block - 1) / IWeightFormat.Block;

    public byte* Row(nint output) => (byte*)Values + output * ValueBytes;

    public byte* ScaleRow(nint output) => (byte*)Scales + output * ScaleRowBytes;
}
