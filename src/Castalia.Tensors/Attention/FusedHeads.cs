using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>
/// The way from GPT-NeoX's fused projection, <c>[batch, tokens, heads, 3, dimensions]</c>, to rotated heads,
/// <c>[batch * heads, tokens, dimensions]</c>, and back: one copy each.
/// </summary>
internal sealed unsafe class FusedHeads(long[] projectionShape, int heads, RotaryTable? rotary, ScalarType dtype)
{
    private readonly HeadSizes _sizes =
        new((int)projectionShape[0], heads, (int)projectionShape[1], (int)(projectionShape[2] / (3L * heads)));

    /// <summary>Query and key, rotated, and value.</summary>
    public (Tensor Query, Tensor Key, Tensor Value) Split(Tensor projection) =>
        (Take(projection, 0, rotary), Take(projection, 1, rotary), Take(projection, 2, null));

    /// <summary>The gradient of the projection from those of query, key and value.</summary>
    public Tensor SplitBackward(Tensor query, Tensor key, Tensor value)
    {
        Tensor projection = empty(projectionShape, dtype: dtype);
        Put(query, projection, 0, rotary);
        Put(key, projection, 1, rotary);
        Put(value, projection, 2, null);
        return projection;
    }

    /// <summary>Heads side by side. <c>[batch, tokens, heads * dimensions]</c></summary>
    public Tensor Merge(Tensor output)
    {
        Tensor merged = empty([_sizes.Batch, _sizes.Tokens, _sizes.Heads * _sizes.Dimensions], dtype: dtype);
        Move(Aten.Pointer(output), HeadMajor, Aten.Pointer(merged), Merged, null, inverse: false);
        return merged;
    }

    /// <summary>Heads apart again. <c>[batch * heads, tokens, dimensions]</c></summary>
    public Tensor MergeBackward(Tensor gradient)
    {
        using Tensor dense = gradient.contiguous();
        Tensor apart = NewHeads();
        Move(Aten.Pointer(dense), Merged, Aten.Pointer(apart), HeadMajor, null, inverse: false);
        return apart;
    }

    private HeadStrides HeadMajor => HeadStrides.HeadMajor(_sizes.Heads, _sizes.Tokens, _sizes.Dimensions);

    private HeadStrides Merged => HeadStrides.TokenMajor(_sizes.Heads, _sizes.Tokens, _sizes.Dimensions);

    private HeadStrides Fused => HeadStrides.TokenMajor(_sizes.Heads, _sizes.Tokens, _sizes.Dimensions, parts: 3);

    private long PartBytes => (long)_sizes.Dimensions * (dtype == ScalarType.BFloat16 ? BFloat16Element.Size : Float32Element.Size);

    private Tensor NewHeads() => empty([_sizes.Batch * _sizes.Heads, _sizes.Tokens, _sizes.Dimensions], dtype: dtype);

    private Tensor Take(Tensor projection, int part, RotaryTable? turn)
    {
        Tensor taken = NewHeads();
        Move(Aten.Pointer(projection) + part * PartBytes, Fused, Aten.Pointer(taken), HeadMajor, turn, inverse: false);
        return taken;
    }

    private void Put(Tensor gradient, Tensor projection, int part, RotaryTable? turn) =>
        Move(Aten.Pointer(gradient), HeadMajor, Aten.Pointer(projection) + part * PartBytes, Fused, turn, inverse: true);

    private void Move(byte* source, HeadStrides from, byte* target, HeadStrides to, RotaryTable? turn, bool inverse)
    {
        if (dtype == ScalarType.BFloat16)
            Move<BFloat16Element>(source, from, target, to, turn, inverse);
        else
            Move<Float32Element>(source, from, target, to, turn, inverse);
    }

    private void Move<T>(byte* source, HeadStrides from, byte* target, HeadStrides to, RotaryTable? turn, bool inverse)
        where T : struct, IVectorElement
    {
        if (turn is null)
            HeadsKernel.Copy<T>(source, from, target, to, _sizes);
        else
            HeadsKernel.Rotate<T>(source, from, target, to, _sizes, turn, 0, inverse);
    }
}
