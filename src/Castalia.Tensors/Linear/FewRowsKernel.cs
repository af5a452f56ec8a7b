namespace Castalia.Tensors;

/// <summary>
/// Products of a few rows with a matrix that is read from memory once, as fast as memory gives it. Every result is the same sum in the same order,
/// however many rows there are and whoever computes it.
/// </summary>
internal static unsafe class FewRowsKernel
{
    private const int Tile = ProductTiles.Outputs;

    /// <summary><c>result[row, output] = inputs[row] . weights[output] + bias[output]</c> for the outputs [from, to).</summary>
    /// <param name="inputs">[rows, length]</param>
    /// <param name="weights">[outputs, length]; of [from, to) as much as the second cache holds.</param>
    /// <param name="from">The first output.</param>
    /// <param name="to">The one after the last.</param>
    /// <param name="bias">[outputs] or null.</param>
    /// <param name="result">[rows, width]</param>
    /// <param name="width">All outputs.</param>
    public static void Product<TWeight, TInput, TResult>(MatrixRows inputs, MatrixRows weights, int from, int to, byte* bias, byte* result, nint width)
        where TWeight : struct, IBlockFormat
        where TInput : struct, IBlockFormat
        where TResult : struct, IVectorElement
    {
        float* sums = stackalloc float[Tile * Tile];
        // Four rows of inputs stay in the first cache while the weights pass by; the next four find these in the second.
        for (int row = 0; row < inputs.Count; row += Tile)
        {
            int rows = Math.Min(Tile, inputs.Count - row);
            for (int output = from; output < to; output += Tile)
            {
                if (rows == 1)
                    ProductTiles.OneByFour<TWeight, TInput>(inputs, row, weights, output, sums);
                else
                    ProductTiles.FourByFour<TWeight, TInput>(inputs, row, weights, output, sums);
                int outputs = Math.Min(Tile, to - output);
                for (int i = 0; i < rows; i++)
                {
                    for (int j = 0; j < outputs; j++)
                    {
                        float shift = bias == null ? 0 : TResult.Get(bias, output + j);
                        TResult.Set(result, (row + i) * width + output + j, sums[i * Tile + j] + shift);
                    }
                }
            }
        }
    }

    /// <summary>The same, the weights widened to fp32 first: once for all rows, where that is costly.</summary>
    /// <inheritdoc cref="Product"/>
    public static void WidenedProduct<TInput, TResult>(MatrixRows inputs, MatrixRows weights, int from, int to, byte* bias, byte* result, nint width)
        where TInput : struct, IBlockFormat
        where TResult : struct, IVectorElement
    {
        int length = (int)weights.Blocks * IBlockFormat.Block;
        using var wide = new AlignedFloats((to - from) * length);
        // Rows that count from the matrix's first, of which only [from, to) are there.
        MatrixRows rows = new((nint)wide.Pointer - (nint)from * length * sizeof(float), 0, weights.Count, weights.Length, (nint)length * sizeof(float), 0);
        for (int output = from; output < to; output++)
            QuantizationKernel.Dequantize<Float32Element>(weights with { Length = length }, output, rows.Row(output));
        Product<Float32Blocks, TInput, TResult>(inputs, rows with { Count = to }, from, to, bias, result, width);
    }
}
