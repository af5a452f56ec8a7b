using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>The length of a gradient, and how much to shorten it.</summary>
public static unsafe class GradientNorm
{
    // Sums are taken block by block and then in order, so the result does not depend on the number of threads.
    private const int Block = 1 << 16;

    /// <summary>The Euclidean norm of a contiguous fp32 or bf16 CPU tensor, accumulated in double, in one pass.</summary>
    /// <exception cref="ArgumentException">The tensor is not contiguous, not on the CPU or of another type.</exception>
    public static double Of(Tensor gradient)
    {
        if (!gradient.is_contiguous() || gradient.device_type != TorchSharp.DeviceType.CPU)
            throw new ArgumentException("The norm is taken of a contiguous CPU tensor.", nameof(gradient));
        nint data = (nint)Aten.Pointer(gradient);
        long count = gradient.numel();
        double sum = gradient.dtype switch
        {
            ScalarType.Float32 => SumOfSquares<Float32Element>(data, count),
            ScalarType.BFloat16 => SumOfSquares<BFloat16Element>(data, count),
            ScalarType other => throw new ArgumentException($"The norm is taken of fp32 or bf16, not {other}.", nameof(gradient)),
        };
        return Math.Sqrt(sum);
    }

    /// <summary>
    /// What to multiply a gradient by so that its norm is at most <paramref name="maximum"/>, as <c>clip_grad_norm_</c> does:
    /// <c>min(1, maximum / (norm + 1e-6))</c>. Not finite norms give that quotient too, so the caller should look at the norm.
    /// </summary>
    public static double ClipFactor(double norm, double maximum) => Math.Min(1, maximum / (norm + 1e-6));

    private static double SumOfSquares<T>(nint data, long count) where T : struct, IVectorElement
    {
        double[] sums = new double[(count + Block - 1) / Block];
        ParallelRows.For(sums.Length, 4, (from, to) =>
        {
            for (int block = from; block < to; block++)
            {
                long start = (long)block * Block;
                sums[block] = SumOfSquares<T>((byte*)data + start * T.Size, (int)Math.Min(Block, count - start));
            }
        });
        double sum = 0;
        foreach (double partial in sums)
            sum += partial;
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SumOfSquares<T>(byte* data, int count) where T : struct, IVectorElement
    {
        Vector512<double> low = Vector512<double>.Zero;
        Vector512<double> high = Vector512<double>.Zero;
        int i = 0;
        for (; i <= count - 16; i += 16)
        {
            (Vector512<double> first, Vector512<double> second) = Vector512.Widen(T.Load(data, i));
            low = Vector512.FusedMultiplyAdd(first, first, low);
            high = Vector512.FusedMultiplyAdd(second, second, high);
        }
        double sum = Vector512.Sum(low + high);
        for (; i < count; i++)
        {
            double value = T.Get(data, i);
            sum += value * value;
        }
        return sum;
    }
}
