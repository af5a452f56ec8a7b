using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Castalia.Tensors;

/// <summary>
/// Sums of products of one or four rows of inputs with four rows of weights, written as [row, output]. Beyond the last row they go on with it. A sum is the same, bit for bit, whatever it is computed beside: sixteen partial sums over the blocks, then theirs.
/// </summary>
internal static unsafe class ProductTiles
{
    /// <summary>Rows of weights in a tile.</summary>
    public const int Outputs = 4;

    /// <summary>One row of inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OneByFour<TWeight, TInput>(MatrixRows inputs, nint row, MatrixRows weights, nint output, float* sums)
        where TWeight : struct, IBlockFormat
        where TInput : struct, IBlockFormat
    {
        byte* w0 = weights.Row(output), w1 = weights.Row(output + 1), w2 = weights.Row(output + 2), w3 = weights.Row(output + 3);
        byte* s0 = weights.ScaleRow(output), s1 = weights.ScaleRow(output + 1), s2 = weights.ScaleRow(output + 2), s3 = weights.ScaleRow(output + 3);
        byte* x = inputs.Row(row);
        nint blocks = weights.Blocks, ahead = Outputs * weights.RowBytes;
        Vector512<float> sum0 = Vector512<float>.Zero, sum1 = sum0, sum2 = sum0, sum3 = sum0;
        for (nint block = 0; block < blocks; block++)
        {
            Prefetch(w0 + block * TWeight.BlockBytes + ahead, weights.RowBytes);
            Four(TInput.First(x, null, block), TWeight.First(w0, s0, block), TWeight.First(w1, s1, block), TWeight.First(w2, s2, block), TWeight.First(w3, s3, block),
                ref sum0, ref sum1, ref sum2, ref sum3);
            Four(TInput.Second(x, null, block), TWeight.Second(w0, s0, block), TWeight.Second(w1, s1, block), TWeight.Second(w2, s2, block), TWeight.Second(w3, s3, block),
                ref sum0, ref sum1, ref sum2, ref sum3);
        }
        Store(sums, sum0, sum1, sum2, sum3);
    }

    /// <summary>Four rows of inputs from <paramref name="row"/> on; beyond the last, the last again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FourByFour<TWeight, TInput>(MatrixRows inputs, nint row, MatrixRows weights, nint output, float* sums)
        where TWeight : struct, IBlockFormat
        where TInput : struct, IBlockFormat
    {
        byte* w0 = weights.Row(output), w1 = weights.Row(output + 1), w2 = weights.Row(output + 2), w3 = weights.Row(output + 3);
        byte* s0 = weights.ScaleRow(output), s1 = weights.ScaleRow(output + 1), s2 = weights.ScaleRow(output + 2), s3 = weights.ScaleRow(output + 3);
        byte* x = inputs.Row(row), y = inputs.Row(row + 1), z = inputs.Row(row + 2), u = inputs.Row(row + 3);
        nint blocks = weights.Blocks, ahead = Outputs * weights.RowBytes;
        Vector512<float> a0 = Vector512<float>.Zero, a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        Vector512<float> c0 = a0, c1 = a0, c2 = a0, c3 = a0, d0 = a0, d1 = a0, d2 = a0, d3 = a0;
        for (nint block = 0; block < blocks; block++)
        {
            Prefetch(w0 + block * TWeight.BlockBytes + ahead, weights.RowBytes);
            Vector512<float> v0 = TWeight.First(w0, s0, block), v1 = TWeight.First(w1, s1, block), v2 = TWeight.First(w2, s2, block), v3 = TWeight.First(w3, s3, block);
            Four(TInput.First(x, null, block), v0, v1, v2, v3, ref a0, ref a1, ref a2, ref a3);
            Four(TInput.First(y, null, block), v0, v1, v2, v3, ref b0, ref b1, ref b2, ref b3);
            Four(TInput.First(z, null, block), v0, v1, v2, v3, ref c0, ref c1, ref c2, ref c3);
            Four(TInput.First(u, null, block), v0, v1, v2, v3, ref d0, ref d1, ref d2, ref d3);
            v0 = TWeight.Second(w0, s0, block);
            v1 = TWeight.Second(w1, s1, block);
            v2 = TWeight.Second(w2, s2, block);
            v3 = TWeight.Second(w3, s3, block);
            Four(TInput.Second(x, null, block), v0, v1, v2, v3, ref a0, ref a1, ref a2, ref a3);
            Four(TInput.Second(y, null, block), v0, v1, v2, v3, ref b0, ref b1, ref b2, ref b3);
            Four(TInput.Second(z, null, block), v0, v1, v2, v3, ref c0, ref c1, ref c2, ref c3);
            Four(TInput.Second(u, null, block), v0, v1, v2, v3, ref d0, ref d1, ref d2, ref d3);
        }
        Store(sums, a0, a1, a2, a3);
        Store(sums + Outputs, b0, b1, b2, b3);
        Store(sums + 2 * Outputs, c0, c1, c2, c3);
        Store(sums + 3 * Outputs, d0, d1, d2, d3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(Vector512<float> x, Vector512<float> w0, Vector512<float> w1, Vector512<float> w2, Vector512<float> w3,
        ref Vector512<float> sum0, ref Vector512<float> sum1, ref Vector512<float> sum2, ref Vector512<float> sum3)
    {
        sum0 = Vector512.FusedMultiplyAdd(w0, x, sum0);
        sum1 = Vector512.FusedMultiplyAdd(w1, x, sum1);
        sum2 = Vector512.FusedMultiplyAdd(w2, x, sum2);
        sum3 = Vector512.FusedMultiplyAdd(w3, x, sum3);
    }

    // The next four rows follow these: by the time they are needed they are there. Left to itself, the processor loses the thread at every row's end.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* address, nint row)
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(address);
        Sse.Prefetch0(address + row);
        Sse.Prefetch0(address + 2 * row);
        Sse.Prefetch0(address + 3 * row);
    }

    /// <summary>Four vectors to their four sums, each in the same order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* sums, Vector512<float> sum0, Vector512<float> sum1, Vector512<float> sum2, Vector512<float> sum3)
    {
        if (!Avx512F.IsSupported)
        {
            Vector128.Create(Vector512.Sum(sum0), Vector512.Sum(sum1), Vector512.Sum(sum2), Vector512.Sum(sum3)).Store(sums);
            return;
        }
        // Of each 128 bits: first + third of one and of the other, then second + fourth; the next step adds these.
        Vector512<double> low = (Avx512F.UnpackLow(sum0, sum1) + Avx512F.UnpackHigh(sum0, sum1)).AsDouble();
        Vector512<double> high = (Avx512F.UnpackLow(sum2, sum3) + Avx512F.UnpackHigh(sum2, sum3)).AsDouble();
        Vector512<float> all = Avx512F.UnpackLow(low, high).AsSingle() + Avx512F.UnpackHigh(low, high).AsSingle();
        Vector256<float> halves = all.GetLower() + all.GetUpper();
        (halves.GetLower() + halves.GetUpper()).Store(sums);
    }
}
