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

    private readonly Tensor _rows; // bytes [outputs, row]: a row's values, filled up to whole blocks, then their scales

    private QuantizedMatrix(int outputs, int inputs, Tensor rows) => (Outputs, Inputs, _rows) = (outputs, inputs, rows);

    /// <summary>The number of rows.</summary>
    public int Outputs { get; }

    /// <summary>The length of a row.</summary>
    public int Inputs { get; }

    /// <summary>What values and scales take.</summary>
    public long Bytes => _rows.numel();

    internal MatrixRows Rows
    {
        get
        {
            nint address = (nint)Aten.Pointer(_rows), row = (nint)_rows.size(1);
            return new(address, address + MatrixRows.BlocksOf(Inputs) * IBlockFormat.Block, Outputs, Inputs, row, row);
        }
    }

    /// <summary>Rounds a matrix to int8.</summary>
    /// <param name="weight">fp32 or bf16, all finite. [outputs, inputs]</param>
    /// <exception cref="ArgumentException">It is no matrix of these types, or a weight is not finite.</exception>
    public static QuantizedMatrix Quantize(Tensor weight) => Quantize([weight])[0];

    /// <summary>Rounds the matrices of a model to int8, one after another in one run of memory.</summary>
    /// <param name="weights">fp32 or bf16, all finite. [outputs, inputs] each</param>
    /// <exception cref="ArgumentException">One is no matrix of these types, or a weight is not finite.</exception>
    public static QuantizedMatrix[] Quantize(IReadOnlyList<Tensor> weights)
    {
        foreach (Tensor weight in weights)
        {
            if (weight.dim() != 2 || weight.dtype is not (ScalarType.Float32 or ScalarType.BFloat16))
                throw new ArgumentException($"Expected an fp32 or bf16 matrix, found {weight.dtype} [{string.Join(", ", weight.shape)}].", nameof(weights));
        }
        using var scope = NewDisposeScope();
        Tensor store = empty(weights.Sum(weight => weight.shape[0] * RowBytes(weight.shape[1])), dtype: ScalarType.Byte);
        LargePages.Advise(store);
        var matrices = new QuantizedMatrix[weights.Count];
        long start = 0;
        for (int i = 0; i < matrices.Length; i++)
        {
            (long outputs, long inputs) = (weights[i].shape[0], weights[i].shape[1]);
            matrices[i] = new(checked((int)outputs), checked((int)inputs), store.narrow(0, start, outputs * RowBytes(inputs)).view(outputs, RowBytes(inputs)));
            matrices[i].Fill(weights[i]);
            start += outputs * RowBytes(inputs);
        }
        foreach (QuantizedMatrix matrix in matrices)
            matrix._rows.DetachFromDisposeScope();
        return matrices;
    }

    private static long RowBytes(long inputs) => MatrixRows.BlocksOf(checked((int)inputs)) * (long)(Int8Blocks.BlockBytes + Int8Blocks.ScaleBytes);

    private void Fill(Tensor weight)
    {
        using Tensor here = weight.detach().to(CPU), dense = here.contiguous();
        nint source = (nint)Aten.Pointer(dense);
        MatrixRows rows = Rows;
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
        if (!finite)
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
    public void Dispose() => _rows.Dispose();
}
