using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>
/// A projection, <c>x Wᵀ + b</c>. For a few rows without gradients, which is what decoding does, the matrix is read once at the speed of memory
/// by a kernel of its own; all else is torch's. The kernel sums in fp32 in one order for every number of rows and threads: a token's results
/// do not depend on what is decoded beside it.
/// </summary>
public static unsafe class LinearProduct
{
    /// <summary>The most rows that the kernel takes; with more, torch's blocked products are faster.</summary>
    public const int MostRows = 16;

    // A range of outputs reads at most about so much: little enough for the second cache, where the next rows of inputs find it, and enough that
    // what is asked for beyond its end, which another thread may be reading, does not matter.
    private const int RangeBytes = 192 << 10;

    /// <summary>The product with a matrix in fp32 or bf16.</summary>
    /// <param name="input">[..., inputs]</param>
    /// <param name="weight">[outputs, inputs]</param>
    /// <param name="bias">[outputs] or null.</param>
    /// <returns>[..., outputs], in the input's type.</returns>
    public static Tensor Apply(Tensor input, Tensor weight, Tensor? bias = null)
    {
        if (!IsForKernel(input, weight, bias))
            return PlainApply(input, weight, bias);
        long[] shape = weight.shape;
        var rows = new MatrixRows((nint)Aten.Pointer(weight), 0, checked((int)shape[0]), checked((int)shape[1]), (nint)(shape[1] * weight.element_size()), 0);
        return weight.dtype == ScalarType.BFloat16
            ? Compute<BFloat16Blocks, BFloat16Blocks, BFloat16Element>(input, rows, bias)
            : Compute<Float32Blocks, Float32Blocks, Float32Element>(input, rows, bias);
    }

    /// <summary>The product with a matrix in int8. Many rows meet it as bf16 or fp32, as the input is.</summary>
    /// <param name="input">fp32 or bf16. [..., inputs]</param>
    /// <param name="weight">[outputs, inputs]</param>
    /// <param name="bias">[outputs] in the input's type, or null.</param>
    /// <returns>[..., outputs], in the input's type; no gradient flows.</returns>
    /// <exception cref="ArgumentException">The lengths of rows differ, or the input has another type.</exception>
    public static Tensor Apply(Tensor input, QuantizedMatrix weight, Tensor? bias = null)
    {
        if (input.shape[^1] != weight.Inputs || input.dtype is not (ScalarType.Float32 or ScalarType.BFloat16))
        {
            throw new ArgumentException($"Expected fp32 or bf16 rows of {weight.Inputs}, found {input.dtype} [{string.Join(", ", input.shape)}].", nameof(input));
        }
        if (input.numel() > MostRows * (long)weight.Inputs || input.device_type != DeviceType.CPU)
            return weight.ManyRows(input, bias);
        MatrixRows rows = weight.Rows;
        int missing = (int)rows.Blocks * IBlockFormat.Block - rows.Length;
        using Tensor whole = missing == 0 ? input.alias() : nn.functional.pad(input, [0, missing]);
        return input.dtype == ScalarType.BFloat16
            ? Compute<Int8Blocks, BFloat16OrderedBlocks, BFloat16Element>(whole, rows, bias)
            : Compute<Int8Blocks, Float32Blocks, Float32Element>(whole, rows, bias);
    }

    /// <summary>The product by torch's own operation: the reference, and what many rows or gradients get.</summary>
    public static Tensor PlainApply(Tensor input, Tensor weight, Tensor? bias = null) => nn.functional.linear(input, weight, bias);

    private static bool IsForKernel(Tensor input, Tensor weight, Tensor? bias)
    {
        ScalarType type = weight.dtype;
        if (type is not (ScalarType.Float32 or ScalarType.BFloat16) || input.dtype != type || (bias is not null && bias.dtype != type))
            return false;
        long inputs = weight.size(1);
        return inputs % IBlockFormat.Block == 0 && input.size(-1) == inputs && input.numel() is > 0 and var count && count <= MostRows * inputs
            && weight.device_type == DeviceType.CPU && weight.is_contiguous()
            && !(is_grad_enabled() && (input.requires_grad || weight.requires_grad || bias is { requires_grad: true }));
    }

    // Every thread the same number of ranges of the same length, whole tiles each.
    private static int Grain(MatrixRows weights, int most)
    {
        long bytes = (long)weights.Count * weights.RowBytes, share = (long)most * Libtorch.Threads;
        long ranges = Math.Max(1, (bytes + share - 1) / share) * Libtorch.Threads, tiles = (weights.Count + ProductTiles.Outputs - 1) / ProductTiles.Outputs;
        return (int)Math.Max(1, (tiles + ranges - 1) / ranges) * ProductTiles.Outputs;
    }

    private static Tensor Compute<TWeight, TInput, TElement>(Tensor input, MatrixRows weights, Tensor? bias)
        where TWeight : struct, IBlockFormat
        where TInput : struct, IBlockFormat
        where TElement : struct, IVectorElement
    {
        using Tensor dense = input.contiguous();
        long[] shape = input.shape;
        int length = (int)shape[^1], count = (int)(input.numel() / length);
        shape[^1] = weights.Count;
        Tensor result = empty(shape, dtype: input.dtype);
        MatrixRows rows = new((nint)Aten.Pointer(dense), 0, count, length, (nint)length * TElement.Size, 0);
        nint biases = bias is null ? 0 : (nint)Aten.Pointer(bias), results = (nint)Aten.Pointer(result);
        bool widen = TWeight.ScaleBytes > 0 && count > ProductTiles.Outputs;
        ParallelRows.For(weights.Count, Grain(weights, widen ? RangeBytes / 4 : RangeBytes), (from, to) =>
        {
            if (widen)
                FewRowsKernel.WidenedProduct<TInput, TElement>(rows, weights, from, to, (byte*)biases, (byte*)results, weights.Count);
            else
                FewRowsKernel.Product<TWeight, TInput, TElement>(rows, weights, from, to, (byte*)biases, (byte*)results, weights.Count);
        });
        return result;
    }
}
