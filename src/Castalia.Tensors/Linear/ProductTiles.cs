using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Castalia.Tensors;

/// <summary>
/// Sums of products of one, two or four rows of inputs with four rows of weights, written as [row, output]. Beyond the matrix's last row they go on with the
/// last. A sum is the same, bit for bit, whatever it is computed beside: sixteen partial sums over the blocks, then theirs.
/// </summary>
internal static unsafe class ProductTiles
{
    /// <summary>Rows of weights in a tile.</summary>
    public const int Outputs = 4;

    /// <summary>One row of inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OneByFour<T>(float* x, WeightRows weights, nint output, float* sums) where T : struct, IWeightFormat
    {
        nint last = weights.Outputs - 1, output1 = Math.Min(output + 1, last), output2 = Math.Min(output + 2, last), output3 = Math.Min(output + 3, last);
        byte* w0 = weights.Row(output), w1 = weights.Row(output1), w2 = weights.Row(output2), w3 = weights.Row(output3);
        byte* s0 = weights.ScaleRow(output), s1 = weights.ScaleRow(output1), s2 = weights.ScaleRow(output2), s3 = weights.ScaleRow(output3);
        nint blocks = weights.Blocks;
        Vector512<float> sum0 = Vector512<float>.Zero, sum1 = sum0, sum2 = sum0, sum3 = sum0;
        nint row = weights.ValueBytes, ahead = Outputs * row;
        for (nint block = 0; block < blocks; block++, x += IWeightFormat.Block)
        {
            Prefetch(w0 + block * T.BlockBytes + ahead, row);
            Vector512<float> x0 = Vector512.Load(x), x1 = Vector512.Load(x + 16);
            sum0 = Add(T.Second(w0, s0, block), x1, Add(T.First(w0, s0, block), x0, sum0));
            sum1 = Add(T.Second(w1, s1, block), x1, Add(T.First(w1, s1, block), x0, sum1));
            sum2 = Add(T.Second(w2, s2, block), x1, Add(T.First(w2, s2, block), x0, sum2));
            sum3 = Add(T.Second(w3, s3, block), x1, Add(T.First(w3, s3, block), x0, sum3));
        }
        Store(sums, sum0, sum1, sum2, sum3);
    }

    /// <summary>Two rows of inputs, <paramref name="stride"/> elements apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TwoByFour<T>(float* x, nint stride, WeightRows weights, nint output, float* sums) where T : struct, IWeightFormat
    {
        nint last = weights.Outputs - 1, output1 = Math.Min(output + 1, last), output2 = Math.Min(output + 2, last), output3 = Math.Min(output + 3, last);
        byte* w0 = weights.Row(output), w1 = weights.Row(output1), w2 = weights.Row(output2), w3 = weights.Row(output3);
        byte* s0 = weights.ScaleRow(output), s1 = weights.ScaleRow(output1), s2 = weights.ScaleRow(output2), s3 = weights.ScaleRow(output3);
        nint blocks = weights.Blocks;
        Vector512<float> a0 = Vector512<float>.Zero, a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        nint row = weights.ValueBytes, ahead = Outputs * row;
        for (nint block = 0; block < blocks; block++, x += IWeightFormat.Block)
        {
            Prefetch(w0 + block * T.BlockBytes + ahead, row);
            Vector512<float> first = T.First(w0, s0, block), second = T.Second(w0, s0, block);
            a0 = Add(second, x + 16, Add(first, x, a0));
            b0 = Add(second, x + stride + 16, Add(first, x + stride, b0));
            first = T.First(w1, s1, block);
            second = T.Second(w1, s1, block);
            a1 = Add(second, x + 16, Add(first, x, a1));
            b1 = Add(second, x + stride + 16, Add(first, x + stride, b1));
            first = T.First(w2, s2, block);
            second = T.Second(w2, s2, block);
            a2 = Add(second, x + 16, Add(first, x, a2));
            b2 = Add(second, x + stride + 16, Add(first, x + stride, b2));
            first = T.First(w3, s3, block);
            second = T.Second(w3, s3, block);
            a3 = Add(second, x + 16, Add(first, x, a3));
            b3 = Add(second, x + stride + 16, Add(first, x + stride, b3));
        }
        Store(sums, a0, a1, a2, a3);
        Store(sums + Outputs, b0, b1, b2, b3);
    }

    /// <summary>Four rows of inputs, <paramref name="stride"/> elements apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FourByFour<T>(float* x, nint stride, WeightRows weights, nint output, float* sums) where T : struct, IWeightFormat
    {
        nint last = weights.Outputs - 1, output1 = Math.Min(output + 1, last), output2 = Math.Min(output + 2, last), output3 = Math.Min(output + 3, last);
        byte* w0 = weights.Row(output), w1 = weights.Row(output1), w2 = weights.Row(output2), w3 = weights.Row(output3);
        byte* s0 = weights.ScaleRow(output), s1 = weights.ScaleRow(output1), s2 = weights.ScaleRow(output2), s3 = weights.ScaleRow(output3);
        float* y = x + stride, z = y + stride, u = z + stride;
        nint blocks = weights.Blocks;
        Vector512<float> a0 = Vector512<float>.Zero, a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        Vector512<float> c0 = a0, c1 = a0, c2 = a0, c3 = a0, d0 = a0, d1 = a0, d2 = a0, d3 = a0;
        nint row = weights.ValueBytes, ahead = Outputs * row;
        for (nint block = 0; block < blocks; block++)
        {
            Prefetch(w0 + block * T.BlockBytes + ahead, row);
            nint at = block * IWeightFormat.Block;
            Vector512<float> first0 = T.First(w0, s0, block), first1 = T.First(w1, s1, block), first2 = T.First(w2, s2, block), first3 = T.First(w3, s3, block);
            Four(Vector512.Load(x + at), first0, first1, first2, first3, ref a0, ref a1, ref a2, ref a3);
            Four(Vector512.Load(y + at), first0, first1, first2, first3, ref b0, ref b1, ref b2, ref b3);
            Four(Vector512.Load(z + at), first0, first1, first2, first3, ref c0, ref c1, ref c2, ref c3);
            Four(Vector512.Load(u + at), first0, first1, first2, first3, ref d0, ref d1, ref d2, ref d3);
            at += 16;
            Vector512<float> second0 = T.Second(w0, s0, block), second1 = T.Second(w1, s1, block), second2 = T.Second(w2, s2, block), second3 = T.Second(w3, s3, block);
            Four(Vector512.Load(x + at), second0, second1, second2, second3, ref a0, ref a1, ref a2, ref a3);
            Four(Vector512.Load(y + at), second0, second1, second2, second3, ref b0, ref b1, ref b2, ref b3);
            Four(Vector512.Load(z + at), second0, second1, second2, second3, ref c0, ref c1, ref c2, ref c3);
            Four(Vector512.Load(u + at), second0, second1, second2, second3, ref d0, ref d1, ref d2, ref d3);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(Vector512<float> weight, float* x, Vector512<float> sum) => Vector512.FusedMultiplyAdd(weight, Vector512.Load(x), sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(Vector512<float> weight, Vector512<float> x, Vector512<float> sum) => Vector512.FusedMultiplyAdd(weight, x, sum);

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
