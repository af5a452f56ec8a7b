using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>
/// Attention of one new token a sequence to all that its sequence has stored: what decoding does. Keys and values are read where they lie, once, whatever
/// the sequences' lengths; several query heads may share a key and value head. Softmax in fp32; no gradients.
/// </summary>
public static unsafe class DecodeAttention
{
    /// <summary>Attention of each row's query to the first tokens of its slot.</summary>
    /// <param name="query">fp32 or bf16. <c>[rows, heads, 1, head size]</c></param>
    /// <param name="keys">The store, the same type; a token's head is contiguous. <c>[slots, key heads, capacity, head size]</c></param>
    /// <param name="values">The same of values.</param>
    /// <param name="slots">Which slot each row continues.</param>
    /// <param name="lengths">How many tokens of its slot each row sees, its own, the last, included.</param>
    /// <param name="scoring">How scores come from products; null for scaled by <c>1 / sqrt(head size)</c> and nothing else.</param>
    /// <returns>[rows, heads, 1, head size], contiguous.</returns>
    /// <exception cref="ArgumentException">Shapes, types, slots or lengths do not fit.</exception>
    public static Tensor Apply(Tensor query, Tensor keys, Tensor values, ReadOnlySpan<int> slots, ReadOnlySpan<int> lengths, AttentionScoring? scoring = null)
    {
        scoring ??= AttentionScoring.Plain;
        Validate(query, keys, values, slots, lengths, scoring);
        if (query.device_type != DeviceType.CPU)
            return PlainApply(query, keys, values, slots, lengths, scoring);
        using Tensor dense = query.contiguous();
        Tensor output = empty(query.shape, dtype: query.dtype);
        long[] shape = query.shape;
        var plan = new DecodePlan(shape, keys, values, slots, lengths, scoring);
        nint queryAddress = (nint)Aten.Pointer(dense), outputAddress = (nint)Aten.Pointer(output);
        bool half = query.dtype == ScalarType.BFloat16;
        // A range is a sequence's key head with all its query heads.
        ParallelRows.For(plan.Rows * plan.KeyHeads, 1, (from, to) =>
        {
            for (int unit = from; unit < to; unit++)
            {
                if (half)
                    DecodeAttentionKernel.Run<BFloat16Element>(plan, unit / plan.KeyHeads, unit % plan.KeyHeads, (byte*)queryAddress, (byte*)outputAddress);
                else
                    DecodeAttentionKernel.Run<Float32Element>(plan, unit / plan.KeyHeads, unit % plan.KeyHeads, (byte*)queryAddress, (byte*)outputAddress);
            }
        });
        return output;
    }

    /// <summary>The same row by row with torch's operations: the reference that <see cref="Apply"/> is tested against.</summary>
    /// <inheritdoc cref="Apply"/>
    public static Tensor PlainApply(Tensor query, Tensor keys, Tensor values, ReadOnlySpan<int> slots, ReadOnlySpan<int> lengths, AttentionScoring? scoring = null)
    {
        scoring ??= AttentionScoring.Plain;
        using var scope = NewDisposeScope();
        long heads = query.shape[1], group = heads / keys.shape[1];
        var rows = new Tensor[slots.Length];
        for (int row = 0; row < rows.Length; row++)
        {
            int seen = Math.Min(lengths[row], scoring.Window ?? int.MaxValue), first = lengths[row] - seen;
            Tensor key = keys[slots[row]].narrow(1, first, seen).repeat_interleave(group, 0).to(ScalarType.Float32); // [heads, seen, head size]
            Tensor value = values[slots[row]].narrow(1, first, seen).repeat_interleave(group, 0).to(ScalarType.Float32);
            Tensor scores = query[row].to(ScalarType.Float32).matmul(key.transpose(1, 2)) * scoring.ScaleFor(query.shape[3]); // [heads, 1, seen]
            if (scoring.Slopes is { } slopes)
                scores += tensor(slopes, device: query.device).view(heads, 1, 1) * arange(1 - seen, 1, ScalarType.Float32, query.device);
            rows[row] = scores.softmax(-1).matmul(value).to(query.dtype);
        }
        return stack(rows).MoveToOuterDisposeScope();
    }

    private static void Validate(Tensor query, Tensor keys, Tensor values, ReadOnlySpan<int> slots, ReadOnlySpan<int> lengths, AttentionScoring scoring)
    {
        if (query.dtype is not (ScalarType.Float32 or ScalarType.BFloat16) || keys.dtype != query.dtype || values.dtype != query.dtype)
            throw new ArgumentException($"Expected query, keys and values all fp32 or all bf16, found {query.dtype}, {keys.dtype} and {values.dtype}.");
        if (query.dim() != 4 || query.shape[2] != 1 || keys.dim() != 4 || !keys.shape.SequenceEqual(values.shape) || keys.shape[1] == 0
            || query.shape[1] % keys.shape[1] != 0 || query.shape[3] != keys.shape[3] || keys.stride(3) != 1 || values.stride(3) != 1)
        {
            throw new ArgumentException("Expected a query [rows, heads, 1, head size] and keys and values [slots, key heads, capacity, head size] with heads a multiple of "
                + $"key heads, found [{string.Join(", ", query.shape)}], [{string.Join(", ", keys.shape)}] and [{string.Join(", ", values.shape)}].");
        }
        if (slots.Length != query.shape[0] || lengths.Length != slots.Length || (scoring.Slopes is { } slopes && slopes.Length != query.shape[1]) || scoring.Window < 1)
            throw new ArgumentException($"Expected a slot and a length for each of {query.shape[0]} rows, no slopes or {query.shape[1]}, and a window of at least 1.");
        for (int row = 0; row < slots.Length; row++)
        {
            if (slots[row] < 0 || slots[row] >= keys.shape[0] || lengths[row] < 1 || lengths[row] > keys.shape[2])
            {
                throw new ArgumentException($"Row {row} asks for {lengths[row]} tokens of slot {slots[row]}; "
                    + $"there are {keys.shape[0]} slots of {keys.shape[2]} tokens.");
            }
        }
    }
}
