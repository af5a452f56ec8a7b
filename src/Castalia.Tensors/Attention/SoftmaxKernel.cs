using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Castalia.Tensors;

/// <summary>Causal softmax over blocks of attention scores, and its gradient, in place.</summary>
internal static unsafe class SoftmaxKernel
{
    /// <summary>Where a block of rows lies among the scores of many heads.</summary>
    /// <param name="Heads">The number of heads (of all sequences).</param>
    /// <param name="Rows">Queries in the block.</param>
    /// <param name="Columns">Keys in the block: all up to the last query.</param>
    /// <param name="FirstRow">The index of the first query: query i sees the keys 0 to FirstRow + i.</param>
    internal readonly record struct Block(int Heads, int Rows, int Columns, int FirstRow);

    /// <summary>Products become probabilities: the softmax of their scores over the keys a query sees, zero over the others.</summary>
    /// <param name="scores">[heads, rows, columns], contiguous; overwritten.</param>
    /// <param name="block">The sizes.</param>
    /// <param name="scale">What products are multiplied by.</param>
    /// <param name="scoring">Slopes and window, if there are any.</param>
    public static void Probabilities<T>(byte* scores, Block block, float scale, AttentionScoring scoring) where T : struct, IVectorElement
    {
        nint address = (nint)scores;
        float[] slopes = scoring.Slopes ?? [];
        int window = scoring.Window ?? int.MaxValue;
        ParallelRows.For(block.Heads * block.Rows, 128, (from, to) =>
        {
            float* scratch = stackalloc float[2048];
            float[]? longScratch = block.Columns > 2048 ? new float[block.Columns] : null;
            fixed (float* longPointer = longScratch)
            {
                float* exponentials = longScratch is null ? scratch : longPointer;
                for (int row = from; row < to; row++)
                {
                    byte* values = (byte*)address + (nint)row * block.Columns * T.Size;
                    int seen = block.FirstRow + row % block.Rows + 1;
                    if (scoring.IsPlain)
                        Row<T>(values, seen, block.Columns, scale, exponentials);
                    else
                        BiasedRow<T>(values, Math.Max(0, seen - window), seen, block.Columns, scale, slopes.Length == 0 ? 0 : slopes[row / block.Rows % slopes.Length], exponentials);
                }
            }
        });
    }

    /// <summary>
    /// Gradients of probabilities become gradients of scores: <c>scale * p * (g - sum(p * g))</c>.
    /// </summary>
    /// <param name="probabilities">[heads, rows, columns], contiguous; zero where a query does not see a key.</param>
    /// <param name="gradients">The same shape; overwritten.</param>
    /// <param name="block">The sizes.</param>
    /// <param name="scale">What scores were multiplied by.</param>
    public static void Gradients<T>(byte* probabilities, byte* gradients, Block block, float scale) where T : struct, IVectorElement
    {
        nint probabilityAddress = (nint)probabilities;
        nint gradientAddress = (nint)gradients;
        ParallelRows.For(block.Heads * block.Rows, 128, (from, to) =>
        {
            for (int row = from; row < to; row++)
            {
                nint offset = (nint)row * block.Columns * T.Size;
                GradientRow<T>((byte*)probabilityAddress + offset, (byte*)gradientAddress + offset, block.Columns, scale);
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row<T>(byte* values, int seen, int columns, float scale, float* exponentials) where T : struct, IVectorElement
    {
        // Whole vectors of keys that are seen, then the rest one by one.
        int whole = seen & ~15;
        Vector512<float> most = Vector512.Create(float.NegativeInfinity);
        for (int i = 0; i < whole; i += 16)
            most = Vector512.MaxNative(most, T.Load(values, i));
        float maximum = float.NegativeInfinity;
        for (int lane = 0; lane < 16; lane++)
            maximum = MathF.Max(maximum, most[lane]);
        for (int i = whole; i < seen; i++)
            maximum = MathF.Max(maximum, T.Get(values, i));

        Vector512<float> shift = Vector512.Create(-maximum * scale * VectorMath.Log2E);
        Vector512<float> factor = Vector512.Create(scale * VectorMath.Log2E);
        Vector512<float> sums = Vector512<float>.Zero;
        for (int i = 0; i < whole; i += 16)
        {
            Vector512<float> value = VectorMath.Exp2(Vector512.FusedMultiplyAdd(T.Load(values, i), factor, shift));
            value.Store(exponentials + i);
            sums += value;
        }
        float sum = Vector512.Sum(sums);
        for (int i = whole; i < seen; i++)
        {
            exponentials[i] = MathF.Exp((T.Get(values, i) - maximum) * scale);
            sum += exponentials[i];
        }

        float share = 1 / sum;
        Vector512<float> shares = Vector512.Create(share);
        for (int i = 0; i < whole; i += 16)
            T.Store(values, i, Vector512.Load(exponentials + i) * shares);
        for (int i = whole; i < seen; i++)
            T.Set(values, i, exponentials[i] * share);
        new Span<byte>(values + seen * T.Size, (columns - seen) * T.Size).Clear();
    }

    // As Row, with a bias that grows along the keys, over those from `first` on.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BiasedRow<T>(byte* values, int first, int seen, int columns, float scale, float slope, float* exponentials)
        where T : struct, IVectorElement
    {
        int whole = first + ((seen - first) & ~15);
        Vector512<float> factor = Vector512.Create(scale), slopes = Vector512.Create(slope);
        Vector512<float> most = Vector512.Create(float.NegativeInfinity);
        for (int i = first; i < whole; i += 16)
        {
            Vector512<float> distance = Vector512.Create((float)(i + 1 - seen)) + Vector512<float>.Indices;
            Vector512<float> score = Vector512.FusedMultiplyAdd(T.Load(values, i), factor, distance * slopes);
            score.Store(exponentials + i);
            most = Vector512.MaxNative(most, score);
        }
        float maximum = float.NegativeInfinity;
        for (int lane = 0; lane < 16; lane++)
            maximum = MathF.Max(maximum, most[lane]);
        for (int i = whole; i < seen; i++)
        {
            exponentials[i] = MathF.FusedMultiplyAdd(T.Get(values, i), scale, (i + 1 - seen) * slope);
            maximum = MathF.Max(maximum, exponentials[i]);
        }

        Vector512<float> shift = Vector512.Create(maximum), log2E = Vector512.Create(VectorMath.Log2E);
        Vector512<float> sums = Vector512<float>.Zero;
        for (int i = first; i < whole; i += 16)
        {
            Vector512<float> value = VectorMath.Exp2((Vector512.Load(exponentials + i) - shift) * log2E);
            value.Store(exponentials + i);
            sums += value;
        }
        float sum = Vector512.Sum(sums);
        for (int i = whole; i < seen; i++)
        {
            exponentials[i] = MathF.Exp(exponentials[i] - maximum);
            sum += exponentials[i];
        }

        float share = 1 / sum;
        Vector512<float> shares = Vector512.Create(share);
        new Span<byte>(values, first * T.Size).Clear();
        for (int i = first; i < whole; i += 16)
            T.Store(values, i, Vector512.Load(exponentials + i) * shares);
        for (int i = whole; i < seen; i++)
            T.Set(values, i, exponentials[i] * share);
        new Span<byte>(values + seen * T.Size, (columns - seen) * T.Size).Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GradientRow<T>(byte* probabilities, byte* gradients, int columns, float scale) where T : struct, IVectorElement
    {
        int whole = columns & ~15;
        Vector512<float> sums = Vector512<float>.Zero;
        for (int i = 0; i < whole; i += 16)
            sums = Vector512.FusedMultiplyAdd(T.Load(probabilities, i), T.Load(gradients, i), sums);
        float sum = Vector512.Sum(sums);
        for (int i = whole; i < columns; i++)
            sum += T.Get(probabilities, i) * T.Get(gradients, i);

        Vector512<float> mean = Vector512.Create(sum);
        Vector512<float> factor = Vector512.Create(scale);
        for (int i = 0; i < whole; i += 16)
            T.Store(gradients, i, T.Load(probabilities, i) * factor * (T.Load(gradients, i) - mean));
        for (int i = whole; i < columns; i++)
            T.Set(gradients, i, T.Get(probabilities, i) * scale * (T.Get(gradients, i) - sum));
    }
}
