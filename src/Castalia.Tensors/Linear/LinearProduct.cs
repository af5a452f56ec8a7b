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

    // A range of outputs reads about so much: enough to hide what claiming it costs.
    private const int RangeBytes = 48 << 10;

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
        var rows = new WeightRows((nint)Aten.Pointer(weight), 0, checked((int)shape[0]), checked((int)shape[1]), (nint)(shape[1] * weight.element_size()), 0);
        return weight.dtype == ScalarType.BFloat16
            ? Compute<BFloat16Weights>(input, rows, bias)
            : Compute<Float32Weights>(input, rows, bias);
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
        return input.numel() <= MostRows * (long)weight.Inputs && input.device_type == DeviceType.CPU
            ? Compute<Int8Weights>(input, weight.Rows, bias)
            : weight.ManyRows(input, bias);
    }

    /// <summary>The product by torch's own operation: the reference, and what many rows or gradients get.</summary>
    public static Tensor PlainApply(Tensor input, Tensor weight, Tensor? bias = null) => nn.functional.linear(input, weight, bias);

    private static bool IsForKernel(Tensor input, Tensor weight, Tensor? bias)
    {
        ScalarType type = weight.dtype;
        if (type is not (ScalarType.Float32 or ScalarType.BFloat16) || input.dtype != type || (bias is not null && bias.dtype != type))
            return false;
        long inputs = weight.size(1);
        return inputs % IWeightFormat.Block == 0 && input.size(-1) == inputs && input.numel() is > 0 and var count && count <= MostRows * inputs
            && weight.device_type == DeviceType.CPU && weight.is_contiguous()
            && !(is_grad_enabled() && (input.requires_grad || weight.requires_grad || bias is { requires_grad: true }));
    }

    private static Tensor Compute<TWeight>(Tensor input, WeightRows weights, Tensor? bias) where TWeight : struct, IWeightFormat =>
        input.dtype == ScalarType.BFloat16
            ? Compute<TWeight, BFloat16Element>(input, weights, bias)
            : Compute<TWeight, Float32Element>(input, weights, bias);

    private static Tensor Compute<TWeight, TElement>(Tensor input, WeightRows weights, Tensor? bias)
        where TWeight : struct, IWeightFormat
        where TElement : struct, IVectorElement
    {
        using Tensor dense = input.contiguous();
        long[] shape = input.shape;
        shape[^1] = weights.Outputs;
        Tensor result = empty(shape, dtype: input.dtype);
        int rows = (int)(input.numel() / weights.Inputs), stride = InputRows.Stride(weights.Inputs);
        using var scratch = new AlignedFloats(rows * stride);
        nint inputs = (nint)scratch.Pointer, biases = bias is null ? 0 : (nint)Aten.Pointer(bias), results = (nint)Aten.Pointer(result);
        InputRows.LayOut<TWeight, TElement>(Aten.Pointer(dense), rows, weights.Inputs, (float*)inputs);
        int grain = Math.Max(4, (int)(RangeBytes / Math.Max(1, weights.ValueBytes)) / 4 * 4);
        ParallelRows.For(weights.Outputs, grain, (from, to) =>
            FewRowsKernel.Product<TWeight, TElement>((float*)inputs, rows, weights, from, to, (byte*)biases, (byte*)results));
        return result;
    }
}
