using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Castalia.Tensors;

/// <summary>Sums of rows in fp32.</summary>
internal static unsafe class RowKernel
{
    /// <summary><c>sum += row</c></summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add<T>(byte* row, Span<float> sum) where T : struct, IVectorElement
    {
        fixed (float* sums = sum)
        {
            int i = 0;
            for (; i <= sum.Length - 16; i += 16)
                (Vector512.Load(sums + i) + T.Load(row, i)).Store(sums + i);
            for (; i < sum.Length; i++)
                sums[i] += T.Get(row, i);
        }
    }

    /// <summary><c>row = sum</c>, rounded to the row's type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Store<T>(ReadOnlySpan<float> sum, byte* row) where T : struct, IVectorElement
    {
        fixed (float* sums = sum)
        {
            int i = 0;
            for (; i <= sum.Length - 16; i += 16)
                T.Store(row, i, Vector512.Load(sums + i));
            for (; i < sum.Length; i++)
                T.Set(row, i, sums[i]);
        }
    }
}
