using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>
/// A matrix in int8: each 32 weights of a row are whole numbers from -127 to 127 times a scale of their own, 8.5 bits a weight together. A
/// weight is off by at most half its scale, 1/252 of the largest of its 32 neighbours. On CPUs.
/// </summary>
public sealed unsafe class QuantizedMatrix : IDisposable
{
    // Weights that are widened at once for a product of many rows.
    private const int PieceBytes = 32 << 20;

    private readonly Tensor _values; // int8 [outputs, blocks * 32]
    private readonly Tensor _scales; // bf16 [outputs, blocks]

    private QuantizedMatrix(int outputs, int inputs)
    {
        Outputs = outputs;
        Inputs = inputs;
        int blocks = MatrixRows.BlocksOf(inputs);
        _values = empty([outputs, blocks * IBlockFormat.Block], dtype: ScalarType.Int8).DetachFromDisposeScope();
        _scales = empty([outputs, blocks], dtype: ScalarType.BFloat16).DetachFromDisposeScope();
    }

    /// <summary>The number of rows.</summary>
    public int Outputs { get; }

    /// <summary>The length of a row.</summary>
    public int Inputs { get; }

    /// <summary>What values and scales take.</summary>
    public long Bytes => _values.numel() + _scales.numel() * BFloat16Element.Size;

    internal MatrixRows Rows => new((nint)Aten.Pointer(_values), (nint)Aten.Pointer(_scales), Outputs, Inputs,
        (nint)_values.shape[1], (nint)_scales.shape[1] * BFloat16Element.Size);

    /// <summary>Rounds a matrix to int8.</summary>
    /// <param name="weight">fp32 or bf16, all finite. [outputs, inputs]</param>
    /// <exception cref="ArgumentException">It is no matrix of these types, or a weight is not finite.</exception>
    public static QuantizedMatrix Quantize(Tensor weight)
    {
        if (weight.dim() != 2 || weight.dtype is not (ScalarType.Float32 or ScalarType.BFloat16))
            throw new ArgumentException($"Expected an fp32 or bf16 matrix, found {weight.dtype} [{string.Join(", ", weight.shape)}].", nameof(weight));
        using Tensor here = weight.detach().to(CPU);
        using Tensor dense = here.contiguous();
        var matrix = new QuantizedMatrix(checked((int)weight.shape[0]), checked((int)weight.shape[1]));
        nint source = (nint)Aten.Pointer(dense);
        MatrixRows rows = matrix.Rows;
        bool half = dense.dtype == ScalarType.BFloat16, finite = true;
        ParallelRows.For(rows.Count, 64, (from, to) =>
        {
            for (int row = from; row < to; row++)
            {
                bool good = half
                    ? QuantizationKernel.Quantize<BFloat16Element>((byte*)source + (nint)row * rows.Length * BFloat16Element.Size, rows, row)
                    : QuantizationKernel.Quantize<Float32Element>((byte*)source + (nint)row * rows.Length * Float32Element.Size, rows, row);
                if (!good)
                    Volatile.Write(ref finite, false);
            }
        });
        if (finite)
            return matrix;
        matrix.Dispose();
        throw new ArgumentException("A weight is infinite or not a number; int8 has neither.", nameof(weight));
    }

    /// <summary>The matrix in fp32 or bf16. [outputs, inputs]</summary>
    public Tensor Dequantize(ScalarType dtype) => Dequantize(dtype, 0, Outputs);

    /// <summary>A product with more rows than pay for reading int8: the matrix, or a piece after the other of a large one, is widened first.</summary>
    internal Tensor ManyRows(Tensor input, Tensor? bias)
    {
        int piece = Math.Max(1, (int)(PieceBytes / ((long)Inputs * input.element_size())));
        using var scope = NewDisposeScope();
        Tensor[] parts = [.. Enumerable.Range(0, (Outputs + piece - 1) / piece).Select(Part)];
        return (parts.Length == 1 ? parts[0] : cat(parts, -1)).MoveToOuterDisposeScope();

        Tensor Part(int index)
        {
            int from = index * piece, count = Math.Min(piece, Outputs - from);
            using Tensor weight = Dequantize(input.dtype, from, count), here = weight.to(input.device);
            return nn.functional.linear(input, here, bias?.narrow(0, from, count));
        }
    }

    private Tensor Dequantize(ScalarType dtype, int first, int count)
    {
        Tensor result = empty([count, Inputs], dtype: dtype);
        nint target = (nint)Aten.Pointer(result);
        MatrixRows rows = Rows;
        bool half = dtype == ScalarType.BFloat16;
        ParallelRows.For(count, 64, (from, to) =>
        {
            for (int row = from; row < to; row++)
            {
                if (half)
                    QuantizationKernel.Dequantize<BFloat16Element>(rows, first + row, (byte*)target + (nint)row * rows.Length * BFloat16Element.Size);
                else
                    QuantizationKernel.Dequantize<Float32Element>(rows, first + row, (byte*)target + (nint)row * rows.Length * Float32Element.Size);
            }
        });
        return result;
    }

    /// <summary>Frees the matrix.</summary>
    public void Dispose()
    {
        _values.Dispose();
        _scales.Dispose();
    }
}
