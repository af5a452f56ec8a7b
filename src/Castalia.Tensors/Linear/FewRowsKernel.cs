namespace Castalia.Tensors;

/// <summary>
/// Products of a few rows with a matrix that is read once, as fast as memory gives it. Every result is the same sum in the same order, however
/// many rows there are and whoever computes it.
/// </summary>
internal static unsafe class FewRowsKernel
{
    private const int Tile = ProductTiles.Outputs;

    /// <summary><c>result[row, output] = inputs[row] . weights[output] + bias[output]</c> for the outputs [from, to).</summary>
    /// <param name="inputs">fp32, laid out by <see cref="InputRows"/>.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="weights">The matrix.</param>
    /// <param name="from">The first output.</param>
    /// <param name="to">The one after the last.</param>
    /// <param name="bias">[outputs] or null.</param>
    /// <param name="result">[rows, outputs]</param>
    public static void Product<TWeight, TResult>(float* inputs, int rows, WeightRows weights, int from, int to, byte* bias, byte* result)
        where TWeight : struct, IWeightFormat
        where TResult : struct, IVectorElement
    {
        // With many rows, weights that are costly to widen are widened once for all of them.
        bool widen = TWeight.ScaleBytes > 0 && rows > Tile;
        int stride = InputRows.Stride(weights.Inputs);
        using var wide = new AlignedFloats(widen ? Tile * stride : 0);
        WeightRows wideRows = new((nint)wide.Pointer, 0, Tile, weights.Inputs, (nint)stride * sizeof(float), 0);
        float* sums = stackalloc float[Tile * Tile];
        for (int output = from; output < to; output += Tile)
        {
            int outputs = Math.Min(Tile, to - output);
            for (int i = 0; widen && i < outputs; i++)
                QuantizationKernel.Dequantize<Float32Element>(weights with { Inputs = stride }, output + i, wideRows.Row(i));
            for (int row = 0; row < rows;)
            {
                int taken = widen
                    ? Sums<Float32Weights>(inputs + (nint)row * stride, stride, rows - row, wideRows, 0, sums)
                    : Sums<TWeight>(inputs + (nint)row * stride, stride, rows - row, weights, output, sums);
                for (int i = 0; i < taken; i++, row++)
                {
                    for (int j = 0; j < outputs; j++)
                    {
                        float shift = bias == null ? 0 : TResult.Get(bias, output + j);
                        TResult.Set(result, (nint)row * weights.Outputs + output + j, sums[i * Tile + j] + shift);
                    }
                }
            }
        }
    }

    // As many rows as a tile takes of those that are left.
    private static int Sums<T>(float* inputs, nint stride, int rows, WeightRows weights, nint output, float* sums) where T : struct, IWeightFormat
    {
        switch (rows)
        {
            case >= 4:
                ProductTiles.FourByFour<T>(inputs, stride, weights, output, sums);
                return 4;
            case >= 2:
                ProductTiles.TwoByFour<T>(inputs, stride, weights, output, sums);
                return 2;
            default:
                ProductTiles.OneByFour<T>(inputs, weights, output, sums);
                return 1;
        }
    }
}
