using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Castalia.Tensors;

/// <summary>Decoding attention of one sequence's key head: scores, softmax, mix; one pass over the keys, one over the values.</summary>
internal static unsafe class DecodeAttentionKernel
{
    /// <summary>Computes the heads that share one key head, and stores the new token's key and value first where the plan has them.</summary>
    /// <param name="plan">What is computed.</param>
    /// <param name="row">The sequence.</param>
    /// <param name="keyHead">The key head.</param>
    public static void Run<T>(DecodePlan plan, int row, int keyHead) where T : struct, IVectorElement
    {
        int group = plan.Heads / plan.KeyHeads, size = plan.HeadSize, slot = plan.Slots[row], length = plan.Lengths[row];
        int seen = Math.Min(length, plan.Window), first = length - seen;
        using var scratch = new AlignedFloats(seen + 16 + 2 * (size + 16));
        float* scores = scratch.Pointer, wide = scores + (seen + 15) / 16 * 16, mix = wide + (size + 15) / 16 * 16;
        byte* keys = plan.Keys.Head(slot, keyHead), values = plan.Values.Head(slot, keyHead);
        if (plan.Appends)
        {
            Turn<T>(plan, plan.Query(row, keyHead, group), length - 1, wide);
            RowKernel.Store<T>(new ReadOnlySpan<float>(wide, size), keys + (length - 1) * plan.Keys.Token);
            Buffer.MemoryCopy(plan.Query(row, keyHead, group + 1), values + (length - 1) * plan.Values.Token, size * T.Size, size * T.Size);
        }
        keys += first * plan.Keys.Token;
        values += first * plan.Values.Token;
        for (int i = 0; i < group; i++)
        {
            int head = keyHead * group + i;
            Turn<T>(plan, plan.Query(row, keyHead, i), length - 1, wide);
            for (int d = 0; d < size; d++)
                wide[d] *= plan.Scale;
            Scores<T>(wide, size, keys, plan.Keys.Token, seen, scores);
            if (plan.Slopes is { } slopes)
                Slope(scores, seen, slopes[head]);
            float share = 1 / Exponentials(scores, seen);
            Mix<T>(scores, values, plan.Values.Token, seen, size, mix);
            for (int d = 0; d < size; d++)
                mix[d] *= share;
            RowKernel.Store<T>(new ReadOnlySpan<float>(mix, size), plan.Output(row, head));
        }
    }

    // A head in fp32, turned by its position's angles where there are such.
    private static void Turn<T>(DecodePlan plan, byte* head, int position, float* result) where T : struct, IVectorElement
    {
        int turned = 0;
        if (plan.Rotary is { } rotary)
        {
            turned = 2 * rotary.Pairs;
            int step = rotary.Interleaved ? 2 : 1, partner = rotary.Interleaved ? 1 : rotary.Pairs;
            float* cosines = rotary.Cosines + (nint)position * rotary.Pairs, sines = rotary.Sines + (nint)position * rotary.Pairs;
            for (int pair = 0; pair < rotary.Pairs; pair++)
            {
                float first = T.Get(head, pair * step), second = T.Get(head, pair * step + partner);
                result[pair * step] = first * cosines[pair] - second * sines[pair];
                result[pair * step + partner] = second * cosines[pair] + first * sines[pair];
            }
        }
        for (int d = turned; d < plan.HeadSize; d++)
            result[d] = T.Get(head, d);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scores<T>(float* query, int size, byte* keys, nint token, int seen, float* scores) where T : struct, IVectorElement
    {
        int whole = size & ~15, at = 0;
        for (; at <= seen - 4; at += 4, keys += 4 * token)
        {
            Vector512<float> sum0 = Vector512<float>.Zero, sum1 = sum0, sum2 = sum0, sum3 = sum0;
            for (int d = 0; d < whole; d += 16)
            {
                Vector512<float> q = Vector512.Load(query + d);
                sum0 = Vector512.FusedMultiplyAdd(T.Load(keys, d), q, sum0);
                sum1 = Vector512.FusedMultiplyAdd(T.Load(keys + token, d), q, sum1);
                sum2 = Vector512.FusedMultiplyAdd(T.Load(keys + 2 * token, d), q, sum2);
                sum3 = Vector512.FusedMultiplyAdd(T.Load(keys + 3 * token, d), q, sum3);
            }
            ProductTiles.Store(scores + at, sum0, sum1, sum2, sum3);
            for (int d = whole; d < size; d++)
            {
                for (int i = 0; i < 4; i++)
                    scores[at + i] += query[d] * T.Get(keys + i * token, d);
            }
        }
        for (; at < seen; at++, keys += token)
        {
            Vector512<float> sum = Vector512<float>.Zero;
            for (int d = 0; d < whole; d += 16)
                sum = Vector512.FusedMultiplyAdd(T.Load(keys, d), Vector512.Load(query + d), sum);
            float score = Vector512.Sum(sum);
            for (int d = whole; d < size; d++)
                score += query[d] * T.Get(keys, d);
            scores[at] = score;
        }
    }

    private static void Slope(float* scores, int seen, float slope)
    {
        for (int i = 0; i < seen; i++)
            scores[i] -= slope * (seen - 1 - i);
    }

    // Scores become e^(score - largest); returns their sum.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Exponentials(float* scores, int seen)
    {
        float most = float.NegativeInfinity;
        for (int i = 0; i < seen; i++)
            most = MathF.Max(most, scores[i]);
        Vector512<float> factor = Vector512.Create(VectorMath.Log2E), shift = Vector512.Create(-most * VectorMath.Log2E), sums = Vector512<float>.Zero;
        int whole = seen & ~15;
        for (int i = 0; i < whole; i += 16)
        {
            Vector512<float> value = VectorMath.Exp2(Vector512.FusedMultiplyAdd(Vector512.Load(scores + i), factor, shift));
            value.Store(scores + i);
            sums += value;
        }
        float sum = Vector512.Sum(sums);
        for (int i = whole; i < seen; i++)
        {
            scores[i] = MathF.Exp(scores[i] - most);
            sum += scores[i];
        }
        return sum;
    }

    // mix = sum of shares times values, 64 dimensions at a time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix<T>(float* shares, byte* values, nint token, int seen, int size, float* mix) where T : struct, IVectorElement
    {
        int d = 0;
        for (; d <= size - 64; d += 64)
        {
            Vector512<float> sum0 = Vector512<float>.Zero, sum1 = sum0, sum2 = sum0, sum3 = sum0;
            byte* value = values;
            for (int i = 0; i < seen; i++, value += token)
            {
                Vector512<float> share = Vector512.Create(shares[i]);
                sum0 = Vector512.FusedMultiplyAdd(T.Load(value, d), share, sum0);
                sum1 = Vector512.FusedMultiplyAdd(T.Load(value, d + 16), share, sum1);
                sum2 = Vector512.FusedMultiplyAdd(T.Load(value, d + 32), share, sum2);
                sum3 = Vector512.FusedMultiplyAdd(T.Load(value, d + 48), share, sum3);
            }
            sum0.Store(mix + d);
            sum1.Store(mix + d + 16);
            sum2.Store(mix + d + 32);
            sum3.Store(mix + d + 48);
        }
        for (; d <= size - 16; d += 16)
        {
            Vector512<float> sum = Vector512<float>.Zero;
            byte* value = values;
            for (int i = 0; i < seen; i++, value += token)
                sum = Vector512.FusedMultiplyAdd(T.Load(value, d), Vector512.Create(shares[i]), sum);
            sum.Store(mix + d);
        }
        for (; d < size; d++)
        {
            float sum = 0;
            byte* value = values;
            for (int i = 0; i < seen; i++, value += token)
                sum += shares[i] * T.Get(value, d);
            mix[d] = sum;
        }
    }
}
