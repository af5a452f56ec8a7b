using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Castalia.Tensors;

/// <summary>What the loss needs of one row of logits, found in one visit.</summary>
internal static unsafe class LogitsKernel
{
    private const int Grain = 8;

    /// <summary>
    /// For each row: the negative log probability of its label; and the row becomes the gradient of the mean loss,
    /// <c>(softmax - onehot) * scale</c>, or zero where the label is ignored.
    /// </summary>
    /// <param name="logits">[rows, vocabulary], contiguous; overwritten.</param>
    /// <param name="labels">[rows], each in range or <see cref="ChunkedCrossEntropy.IgnoredLabel"/>.</param>
    /// <param name="losses">[rows], zero where ignored.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="vocabulary">The length of a row.</param>
    /// <param name="scale">One over the number of labels that count.</param>
    public static void LossAndGradient<T>(byte* logits, long* labels, double* losses, int rows, int vocabulary, float scale)
        where T : struct, IVectorElement
    {
        nint logitsAddress = (nint)logits;
        nint labelsAddress = (nint)labels;
        nint lossesAddress = (nint)losses;
        ParallelRows.For(rows, Grain, (from, to) =>
        {
            float[] scratch = ArrayPool<float>.Shared.Rent(vocabulary);
            fixed (float* exponentials = scratch)
            {
                for (int row = from; row < to; row++)
                {
                    byte* values = (byte*)logitsAddress + (nint)row * vocabulary * T.Size;
                    long label = ((long*)labelsAddress)[row];
                    if (label == ChunkedCrossEntropy.IgnoredLabel)
                    {
                        new Span<byte>(values, vocabulary * T.Size).Clear();
                        ((double*)lossesAddress)[row] = 0;
                        continue;
                    }
                    float maximum = Maximum<T>(values, vocabulary);
                    float atLabel = T.Get(values, (nint)label);
                    float sum = Exponentials<T>(values, vocabulary, maximum, exponentials);
                    ((double*)lossesAddress)[row] = Math.Log(sum) + maximum - atLabel;
                    float factor = scale / sum;
                    Scale<T>(values, vocabulary, exponentials, factor);
                    T.Set(values, (nint)label, exponentials[label] * factor - scale);
                }
            }
            ArrayPool<float>.Shared.Return(scratch);
        });
    }

    /// <summary>For each row: the log probability of its label, and whether the label is what greedy decoding picks (the first of the largest).</summary>
    public static void LogProbabilities<T>(byte* logits, long* labels, float* logProbabilities, bool* greedy, int rows, int vocabulary)
        where T : struct, IVectorElement
    {
        nint logitsAddress = (nint)logits;
        nint labelsAddress = (nint)labels;
        nint resultAddress = (nint)logProbabilities;
        nint greedyAddress = (nint)greedy;
        ParallelRows.For(rows, Grain, (from, to) =>
        {
            for (int row = from; row < to; row++)
            {
                byte* values = (byte*)logitsAddress + (nint)row * vocabulary * T.Size;
                long label = ((long*)labelsAddress)[row];
                if (label == ChunkedCrossEntropy.IgnoredLabel)
                {
                    ((float*)resultAddress)[row] = 0;
                    ((bool*)greedyAddress)[row] = false;
                    continue;
                }
                float maximum = Maximum<T>(values, vocabulary);
                float atLabel = T.Get(values, (nint)label);
                float sum = Exponentials<T>(values, vocabulary, maximum, null);
                ((float*)resultAddress)[row] = (float)(atLabel - maximum - Math.Log(sum));
                ((bool*)greedyAddress)[row] = atLabel == maximum && !Contains<T>(values, (int)label, maximum);
            }
        });
    }

    /// <summary>For the labels [from, to), of which several may follow one row, the log probability and whether greedy decoding picks it.</summary>
    /// <param name="logits">[rows, vocabulary], contiguous: rows from <paramref name="firstRow"/> on.</param>
    /// <param name="firstRow">The number of the first row there is.</param>
    /// <param name="rows">The row that each label follows, ascending.</param>
    /// <param name="labels">The labels.</param>
    /// <param name="from">The first label.</param>
    /// <param name="to">The one after the last.</param>
    /// <param name="logProbabilities">Written.</param>
    /// <param name="greedy">Written.</param>
    /// <param name="vocabulary">The length of a row.</param>
    public static void LabelLogProbabilities<T>(
        byte* logits, int firstRow, int[] rows, int[] labels, int from, int to, float[] logProbabilities, bool[] greedy, int vocabulary)
        where T : struct, IVectorElement
    {
        // Where the labels of a row begin.
        var begins = new List<int>(to - from);
        for (int i = from; i < to; i++)
        {
            if (i == from || rows[i] != rows[i - 1])
                begins.Add(i);
        }
        begins.Add(to);
        nint address = (nint)logits;
        ParallelRows.For(begins.Count - 1, Grain, (first, end) =>
        {
            for (int i = first; i < end; i++)
            {
                byte* values = (byte*)address + (nint)(rows[begins[i]] - firstRow) * vocabulary * T.Size;
                float maximum = Maximum<T>(values, vocabulary);
                double logSum = maximum + Math.Log(Exponentials<T>(values, vocabulary, maximum, null));
                for (int label = begins[i]; label < begins[i + 1]; label++)
                {
                    float atLabel = T.Get(values, labels[label]);
                    logProbabilities[label] = (float)(atLabel - logSum);
                    greedy[label] = atLabel == maximum && !Contains<T>(values, labels[label], maximum);
                }
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Maximum<T>(byte* values, int count) where T : struct, IVectorElement
    {
        Vector512<float> most = Vector512.Create(float.NegativeInfinity);
        int i = 0;
        for (; i <= count - 16; i += 16)
            most = Vector512.MaxNative(most, T.Load(values, i));
        float result = float.NegativeInfinity;
        for (int lane = 0; lane < 16; lane++)
            result = MathF.Max(result, most[lane]);
        for (; i < count; i++)
            result = MathF.Max(result, T.Get(values, i));
        return result;
    }

    // Sums sixteen partial sums, always in the same order; keeps the exponentials if there is room for them.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Exponentials<T>(byte* values, int count, float maximum, float* kept) where T : struct, IVectorElement
    {
        Vector512<float> factor = Vector512.Create(VectorMath.Log2E);
        Vector512<float> shift = Vector512.Create(-maximum * VectorMath.Log2E);
        Vector512<float> even = Vector512<float>.Zero;
        Vector512<float> odd = Vector512<float>.Zero;
        int i = 0;
        for (; i <= count - 32; i += 32)
        {
            Vector512<float> first = VectorMath.Exp2(Vector512.FusedMultiplyAdd(T.Load(values, i), factor, shift));
            Vector512<float> second = VectorMath.Exp2(Vector512.FusedMultiplyAdd(T.Load(values, i + 16), factor, shift));
            even += first;
            odd += second;
            if (kept != null)
            {
                first.Store(kept + i);
                second.Store(kept + i + 16);
            }
        }
        float sum = Vector512.Sum(even + odd);
        for (; i < count; i++)
        {
            float value = MathF.Exp(T.Get(values, i) - maximum);
            sum += value;
            if (kept != null)
                kept[i] = value;
        }
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale<T>(byte* values, int count, float* exponentials, float factor) where T : struct, IVectorElement
    {
        Vector512<float> factors = Vector512.Create(factor);
        int i = 0;
        for (; i <= count - 16; i += 16)
            T.Store(values, i, Vector512.Load(exponentials + i) * factors);
        for (; i < count; i++)
            T.Set(values, i, exponentials[i] * factor);
    }

    private static bool Contains<T>(byte* values, int count, float sought) where T : struct, IVectorElement
    {
        for (int i = 0; i < count; i++)
        {
            if (T.Get(values, i) == sought)
                return true;
        }
        return false;
    }
}
