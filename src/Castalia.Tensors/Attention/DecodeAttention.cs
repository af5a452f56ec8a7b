using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>
/// Attention of one new token a sequence to all that its sequence has stored: what decoding does. Keys and values are read where they lie, once,
/// whatever the sequences' lengths; several query heads may share a key and value head. Softmax in fp32; no gradients.
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
    public static Tensor Apply(
        Tensor query, Tensor keys, Tensor values, ReadOnlySpan<int> slots, ReadOnlySpan<int> lengths, AttentionScoring? scoring = null)
    {
        scoring ??= AttentionScoring.Plain;
        long[] shape = query.shape;
        Require(shape.Length == 4 && shape[2] == 1, query, keys, "a query [rows, heads, 1, head size]");
        RequireStore(query, shape[1], shape[3], keys, values, scoring);
        RequireSlots(keys, slots, lengths, shape[0]);
        if (query.device_type != DeviceType.CPU)
            return PlainApply(query, keys, values, slots, lengths, scoring);
        using Tensor dense = query.contiguous();
        Tensor output = empty(shape, dtype: query.dtype);
        Run(new DecodePlan(dense, keys, values, slots, lengths, scoring, output), query.dtype);
        return output;
    }

    /// <summary>
    /// Attention from a fused projection to the heads' merged output: the new tokens' keys go into the store, turned by their positions, and so do their
    /// values; then each row attends.
    /// </summary>
    /// <param name="projection">
    /// As <see cref="CausalAttention.FromFusedProjection"/> takes it, of one token a row, on a CPU. <c>[rows, 1, key heads * (heads / key heads + 2) * head size]</c>
    /// </param>
    /// <param name="heads">The number of query heads.</param>
    /// <param name="keys">The store, the same type; a token's head is contiguous. <c>[slots, key heads, capacity, head size]</c></param>
    /// <param name="values">The same of values.</param>
    /// <param name="slots">Which slot each row continues, all different.</param>
    /// <param name="starts">How many tokens each row's slot has already: the new one's position.</param>
    /// <param name="rotary">The angles, or null where positions enter otherwise.</param>
    /// <param name="scoring">How scores come from products; null for scaled by <c>1 / sqrt(head size)</c> and nothing else.</param>
    /// <returns><c>[rows, 1, heads * head size]</c></returns>
    /// <exception cref="ArgumentException">Shapes, types, slots or positions do not fit.</exception>
    public static Tensor FromFusedProjection(Tensor projection, int heads, Tensor keys, Tensor values, ReadOnlySpan<int> slots, ReadOnlySpan<int> starts,
        RotaryTable? rotary, AttentionScoring? scoring = null)
    {
        scoring ??= AttentionScoring.Plain;
        long[] shape = projection.shape, store = keys.shape;
        Require(shape.Length == 3 && shape[1] == 1 && store.Length == 4 && shape[2] == (heads + 2 * store[1]) * store[3], projection, keys,
            $"a projection [rows, 1, ({heads} heads + 2 * key heads) * head size]");
        RequireStore(projection, heads, store[3], keys, values, scoring);
        Span<int> lengths = stackalloc int[starts.Length <= 64 ? starts.Length : 0];
        lengths = lengths.Length == starts.Length ? lengths : new int[starts.Length];
        for (int row = 0; row < starts.Length; row++)
        {
            lengths[row] = starts[row] + 1;
            if (rotary is not null && (starts[row] >= rotary.Positions || 2 * rotary.Pairs > store[3]))
                throw new ArgumentException($"A rotary table of {rotary.Positions} positions and {2 * rotary.Pairs} dimensions does not reach position {starts[row]} of heads of {store[3]}.");
        }
        RequireSlots(keys, slots, lengths, shape[0]);
        using Tensor dense = projection.contiguous();
        Tensor output = empty([shape[0], 1, heads * store[3]], dtype: projection.dtype);
        Run(new DecodePlan(dense, heads, keys, values, slots, starts, rotary, scoring, output), projection.dtype);
        return output;
    }

    /// <summary>The same as <see cref="Apply"/> row by row with torch's operations: the reference that it is tested against.</summary>
    /// <inheritdoc cref="Apply"/>
    public static Tensor PlainApply(
        Tensor query, Tensor keys, Tensor values, ReadOnlySpan<int> slots, ReadOnlySpan<int> lengths, AttentionScoring? scoring = null)
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

    // A range is a sequence's key head with all its query heads.
    private static void Run(DecodePlan plan, ScalarType dtype) => ParallelRows.For(plan.Rows * plan.KeyHeads, 1, (from, to) =>
    {
        for (int unit = from; unit < to; unit++)
        {
            (int row, int keyHead) = Math.DivRem(unit, plan.KeyHeads);
            if (dtype == ScalarType.BFloat16)
                DecodeAttentionKernel.Run<BFloat16Element>(plan, row, keyHead);
            else
                DecodeAttentionKernel.Run<Float32Element>(plan, row, keyHead);
        }
    });

    private static void Require(bool fits, Tensor given, Tensor keys, string expected)
    {
        if (!fits)
            throw new ArgumentException($"Expected {expected}, found [{string.Join(", ", given.shape)}] with keys [{string.Join(", ", keys.shape)}].");
    }

    private static void RequireStore(Tensor given, long heads, long size, Tensor keys, Tensor values, AttentionScoring scoring)
    {
        ScalarType dtype = given.dtype;
        if (dtype is not (ScalarType.Float32 or ScalarType.BFloat16) || keys.dtype != dtype || values.dtype != dtype)
            throw new ArgumentException($"Expected queries, keys and values all fp32 or all bf16, found {dtype}, {keys.dtype} and {values.dtype}.");
        long[] store = keys.shape;
        if (store.Length != 4 || !store.AsSpan().SequenceEqual(values.shape) || store[1] == 0 || heads % store[1] != 0 || size != store[3]
            || keys.stride(3) != 1 || values.stride(3) != 1)
        {
            throw new ArgumentException($"Expected keys and values [slots, key heads, capacity, head size] for {heads} heads of {size}, a multiple of key heads, "
                + $"found [{string.Join(", ", store)}] and [{string.Join(", ", values.shape)}].");
        }
        if ((scoring.Slopes is { } slopes && slopes.Length != heads) || scoring.Window < 1)
            throw new ArgumentException($"Expected no slopes or {heads}, and a window of at least 1.", nameof(scoring));
    }

    private static void RequireSlots(Tensor keys, ReadOnlySpan<int> slots, ReadOnlySpan<int> lengths, long rows)
    {
        if (slots.Length != rows || lengths.Length != rows)
            throw new ArgumentException($"Expected a slot and a length for each of {rows} rows, found {slots.Length} and {lengths.Length}.");
        long[] store = keys.shape;
        for (int row = 0; row < slots.Length; row++)
        {
            if (slots[row] < 0 || slots[row] >= store[0] || lengths[row] < 1 || lengths[row] > store[2])
                throw new ArgumentException($"Row {row} asks for {lengths[row]} tokens of slot {slots[row]}; there are {store[0]} slots of {store[2]} tokens.");
        }
    }
}
