using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>Query heads in groups, each of which shares a head of keys and values.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="KeyHeads">Heads of keys and values.</param>
internal readonly record struct HeadGroups(int Heads, int KeyHeads)
{
    /// <summary>Query heads of a group.</summary>
    public int PerGroup { get; } = KeyHeads > 0 && Heads > 0 && Heads % KeyHeads == 0
        ? Heads / KeyHeads
        : throw new ArgumentException($"{Heads} query heads cannot share {KeyHeads} heads of keys.");

    /// <summary>Heads of queries, keys and values together.</summary>
    public int Parts => KeyHeads * (PerGroup + 2);
}

/// <summary>
/// The way from a fused projection, <c>[batch, tokens, key heads, queries of a group + 2, dimensions]</c>, to rotated heads,
/// <c>[batch * heads, tokens, dimensions]</c>, and back: one copy each. Keys and values are copied once for each query head of their group.
/// </summary>
internal sealed unsafe class FusedHeads(long[] projectionShape, HeadGroups groups, RotaryTable? rotary, ScalarType dtype)
{
    private readonly HeadSizes _sizes =
        new((int)projectionShape[0], groups.Heads, (int)projectionShape[1], (int)(projectionShape[2] / groups.Parts));

    /// <summary>Query and key, rotated, and value.</summary>
    public (Tensor Query, Tensor Key, Tensor Value) Split(Tensor projection)
    {
        (Tensor query, Tensor key, Tensor value) = (NewHeads(), NewHeads(), NewHeads());
        for (int member = 0; member < groups.PerGroup; member++)
        {
            Take(projection, member, query, member, rotary);
            Take(projection, groups.PerGroup, key, member, rotary);
            Take(projection, groups.PerGroup + 1, value, member, null);
        }
        return (query, key, value);
    }

    /// <summary>The gradient of the projection from those of query, key and value.</summary>
    public Tensor SplitBackward(Tensor query, Tensor key, Tensor value)
    {
        Tensor projection = empty(projectionShape, dtype: dtype);
        for (int member = 0; member < groups.PerGroup; member++)
            Put(query, groups.PerGroup, member, projection, member, rotary);
        using Tensor keys = SumOfGroups(key), values = SumOfGroups(value);
        Put(keys, 1, 0, projection, groups.PerGroup, rotary);
        Put(values, 1, 0, projection, groups.PerGroup + 1, null);
        return projection;
    }

    // A shared key's gradient is the sum of what its query heads give: [batch * key heads, tokens, dimensions].
    private Tensor SumOfGroups(Tensor gradient)
    {
        if (groups.PerGroup == 1)
            return gradient.alias();
        using Tensor apart = gradient.view(-1, groups.PerGroup, _sizes.Tokens, _sizes.Dimensions);
        using Tensor sum = apart.sum(1, type: ScalarType.Float32);
        return sum.to(dtype);
    }

    /// <summary>Heads side by side. <c>[batch, tokens, heads * dimensions]</c></summary>
    public Tensor Merge(Tensor output)
    {
        Tensor merged = empty([_sizes.Batch, _sizes.Tokens, _sizes.Heads * _sizes.Dimensions], dtype: dtype);
        Move(Aten.Pointer(output), HeadMajor, Aten.Pointer(merged), Merged, null, inverse: false, groups.Heads);
        return merged;
    }

    /// <summary>Heads apart again. <c>[batch * heads, tokens, dimensions]</c></summary>
    public Tensor MergeBackward(Tensor gradient)
    {
        using Tensor dense = gradient.contiguous();
        Tensor apart = NewHeads();
        Move(Aten.Pointer(dense), Merged, Aten.Pointer(apart), HeadMajor, null, inverse: false, groups.Heads);
        return apart;
    }

    private HeadStrides HeadMajor => HeadStrides.HeadMajor(_sizes.Heads, _sizes.Tokens, _sizes.Dimensions);

    private HeadStrides Merged => HeadStrides.TokenMajor(_sizes.Heads, _sizes.Tokens, _sizes.Dimensions);

    // A head of each group: of a group's heads side by side in the projection, and apart in a head-major tensor.
    private HeadStrides Fused => HeadStrides.TokenMajor(groups.KeyHeads, _sizes.Tokens, _sizes.Dimensions, parts: groups.PerGroup + 2);

    private HeadStrides Grouped(int perGroup) => new(
        (long)groups.KeyHeads * perGroup * _sizes.Tokens * _sizes.Dimensions, _sizes.Dimensions, (long)perGroup * _sizes.Tokens * _sizes.Dimensions);

    private long ElementBytes => dtype == ScalarType.BFloat16 ? BFloat16Element.Size : Float32Element.Size;

    private long HeadBytes => (long)_sizes.Tokens * _sizes.Dimensions * ElementBytes;

    private Tensor NewHeads() => empty([_sizes.Batch * _sizes.Heads, _sizes.Tokens, _sizes.Dimensions], dtype: dtype);

    private void Take(Tensor projection, int part, Tensor target, int member, RotaryTable? turn) => Move(
        Aten.Pointer(projection) + part * _sizes.Dimensions * ElementBytes, Fused,
        Aten.Pointer(target) + member * HeadBytes, Grouped(groups.PerGroup), turn, inverse: false, groups.KeyHeads);

    private void Put(Tensor gradient, int perGroup, int member, Tensor projection, int part, RotaryTable? turn) => Move(
        Aten.Pointer(gradient) + member * HeadBytes, Grouped(perGroup),
        Aten.Pointer(projection) + part * _sizes.Dimensions * ElementBytes, Fused, turn, inverse: true, groups.KeyHeads);

    private void Move(byte* source, HeadStrides from, byte* target, HeadStrides to, RotaryTable? turn, bool inverse, int heads)
    {
        HeadSizes sizes = _sizes with { Heads = heads };
        if (dtype == ScalarType.BFloat16)
            Move<BFloat16Element>(source, from, target, to, sizes, turn, inverse);
        else
            Move<Float32Element>(source, from, target, to, sizes, turn, inverse);
    }

    private static void Move<T>(byte* source, HeadStrides from, byte* target, HeadStrides to, HeadSizes sizes, RotaryTable? turn, bool inverse)
        where T : struct, IVectorElement
    {
        if (turn is null)
            HeadsKernel.Copy<T>(source, from, target, to, sizes);
        else
            HeadsKernel.Rotate<T>(source, from, target, to, sizes, turn, null, inverse);
    }
}
