using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Castalia.Tensors;

/// <summary>How a kernel reads and writes sixteen elements of a type as fp32: kernels are generic in it and compile once for each type.</summary>
internal unsafe interface IVectorElement
{
    /// <summary>Bytes of an element.</summary>
    static abstract int Size { get; }

    /// <summary>Reads sixteen elements from <paramref name="index"/> on.</summary>
    static abstract Vector512<float> Load(byte* data, nint index);

    /// <summary>Writes sixteen elements from <paramref name="index"/> on, rounding to nearest even.</summary>
    static abstract void Store(byte* data, nint index, Vector512<float> values);

    /// <summary>Reads one element.</summary>
    static abstract float Get(byte* data, nint index);

    /// <summary>Writes one element, rounding to nearest even.</summary>
    static abstract void Set(byte* data, nint index, float value);
}

/// <summary>IEEE single precision.</summary>
internal readonly unsafe struct Float32Element : IVectorElement
{
    public static int Size => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* data, nint index) => Vector512.Load((float*)data + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* data, nint index, Vector512<float> values) => values.Store((float*)data + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Get(byte* data, nint index) => ((float*)data)[index];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set(byte* data, nint index, float value) => ((float*)data)[index] = value;
}

/// <summary>bfloat16: the upper half of an IEEE single.</summary>
internal readonly unsafe struct BFloat16Element : IVectorElement
{
    public static int Size => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* data, nint index)
    {
        Vector256<ushort> halves = Vector256.Load((ushort*)data + index);
        Vector512<uint> wide = Avx512F.IsSupported
            ? Avx512F.ConvertToVector512UInt32(halves)
            : Vector512.Create(Vector256.WidenLower(halves), Vector256.WidenUpper(halves));
        return (wide << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* data, nint index, Vector512<float> values)
    {
        // Adding 0x7fff, and one more where the kept part is odd, rounds to nearest even; a quiet NaN stays one.
        Vector512<uint> bits = values.AsUInt32();
        Vector512<uint> rounded = (bits + Vector512.Create(0x7fffu) + ((bits >>> 16) & Vector512<uint>.One)) >>> 16;
        Vector256<ushort> halves = Avx512F.IsSupported
            ? Avx512F.ConvertToVector256UInt16(rounded)
            : Vector256.Narrow(rounded.GetLower(), rounded.GetUpper());
        halves.Store((ushort*)data + index);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Get(byte* data, nint index) => BitConverter.UInt32BitsToSingle((uint)((ushort*)data)[index] << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set(byte* data, nint index, float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        ((ushort*)data)[index] = (ushort)((bits + 0x7fffu + ((bits >> 16) & 1)) >> 16);
    }
}
