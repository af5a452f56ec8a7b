using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TorchSharp;

namespace Castalia.Tensors;

/// <summary>What all ranges of one decoding attention share: sizes, and where the slots' keys and values lie.</summary>
internal sealed unsafe class DecodePlan(
    long[] query, torch.Tensor keys, torch.Tensor values, ReadOnlySpan<int> slots, ReadOnlySpan<int> lengths, AttentionScoring scoring)
{
    public int Rows { get; } = (int)query[0];

    public int Heads { get; } = (int)query[1];

    public int KeyHeads { get; } = (int)keys.shape[1];

    public int HeadSize { get; } = (int)query[3];

    public float Scale { get; } = (float)scoring.ScaleFor(query[3]);

    public int[] Slots { get; } = slots.ToArray();

    public int[] Lengths { get; } = lengths.ToArray();

    public float[]? Slopes { get; } = scoring.Slopes;

    public int Window { get; } = scoring.Window ?? int.MaxValue;

    public HeadStore Keys { get; } = new(keys);

    public HeadStore Values { get; } = new(values);
}

/// <summary>Where the heads of a store lie. [slots, key heads, capacity, head size], of any strides but the last.</summary>
internal readonly unsafe struct HeadStore(torch.Tensor store)
{
    private readonly nint _address = (nint)Aten.Pointer(store);
    private readonly nint _slot = (nint)(store.stride(0) * store.element_size()), _head = (nint)(store.stride(1) * store.element_size());

    /// <summary>Bytes from one token to the next.</summary>
    public nint Token { get; } = (nint)(store.stride(2) * store.element_size());

    /// <summary>The first token of a slot's head.</summary>
    public byte* Head(int slot, int head) => (byte*)(_address + slot * _slot + head * _head);
}

/// <summary>Decoding attention of one sequence's key head: scores, softmax, mix; one pass over the keys, one over the values.</summary>
internal static unsafe class DecodeAttentionKernel
{
    /// <summary>Computes the heads that share one key head.</summary>
    /// <param name="plan">The sizes.</param>
    /// <param name="row">The sequence.</param>
    /// <param name="keyHead">The key head.</param>
    /// <param name="query">[rows, heads, head size]</param>
    /// <param name="output">The same shape.</param>
    public static void Run<T>(DecodePlan plan, int row, int keyHead, byte* query, byte* output) where T : struct, IVectorElement
    {
        int group = plan.Heads / plan.KeyHeads, size = plan.HeadSize, slot = plan.Slots[row];
        int seen = Math.Min(plan.Lengths[row], plan.Window), first = plan.Lengths[row] - seen;
        byte* keys = plan.Keys.Head(slot, keyHead) + first * plan.Keys.Token, values = plan.Values.Head(slot, keyHead) + first * plan.Values.Token;
        using var scratch = new AlignedFloats(seen + 16 + 2 * (size + 16));
        float* scores = scratch.Pointer, wide = scores + (seen + 15) / 16 * 16, mix = wide + (size + 15) / 16 * 16;
        for (int i = 0; i < group; i++)
        {
            int head = keyHead * group + i;
            nint place = ((nint)row * plan.Heads + head) * size * T.Size;
            for (int d = 0; d < size; d++)
                wide[d] = T.Get(query + place, d) * plan.Scale;
            Scores<T>(wide, size, keys, plan.Keys.Token, seen, scores);
            if (plan.Slopes is { } slopes)
                Slope(scores, seen, slopes[head]);
            float share = 1 / Exponentials(scores, seen);
            Mix<T>(scores, values, plan.Values.Token, seen, size, mix);
            for (int d = 0; d < size; d++)
                T.Set(output + place, d, mix[d] * share);
        }
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
