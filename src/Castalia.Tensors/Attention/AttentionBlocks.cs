using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>
/// The products and softmaxes of causal attention in blocks of queries, each with only the keys it can see. No autograd: that is
/// <see cref="CausalAttention"/>'s.
/// </summary>
internal static unsafe class AttentionBlocks
{
    /// <summary>Queries of a block.</summary>
    public const int Rows = 128;

    /// <summary>Computes the output and returns the probabilities of every block, if they are to be kept.</summary>
    /// <param name="query">[heads, tokens, dimensions], contiguous; as the next three.</param>
    /// <param name="key">The keys.</param>
    /// <param name="value">The values.</param>
    /// <param name="output">Written.</param>
    /// <param name="scoring">How scores come from products.</param>
    /// <param name="keepProbabilities">Whether a backward pass will follow.</param>
    public static Tensor[] Forward(Tensor query, Tensor key, Tensor value, Tensor output, AttentionScoring scoring, bool keepProbabilities)
    {
        (int heads, int tokens) = ((int)query.shape[0], (int)query.shape[1]);
        float scale = (float)scoring.ScaleFor(query.shape[2]);
        Tensor[] probabilities = new Tensor[(tokens + Rows - 1) / Rows];
        for (int block = 0; block < probabilities.Length; block++)
        {
            int start = block * Rows;
            int rows = Math.Min(Rows, tokens - start);
            int columns = start + rows;
            Tensor scores = empty([heads, rows, columns], dtype: query.dtype);
            using Tensor queries = query.narrow(1, start, rows);
            using Tensor keys = key.narrow(1, 0, columns);
            using Tensor keysTransposed = keys.transpose(1, 2);
            using Tensor values = value.narrow(1, 0, columns);
            using Tensor outputs = output.narrow(1, start, rows);
            Aten.BatchedMatrixProduct(scores, queries, keysTransposed);
            SoftmaxKernel.Block sizes = new(heads, rows, columns, start);
            if (query.dtype == ScalarType.BFloat16)
                SoftmaxKernel.Probabilities<BFloat16Element>(Aten.Pointer(scores), sizes, scale, scoring);
            else
                SoftmaxKernel.Probabilities<Float32Element>(Aten.Pointer(scores), sizes, scale, scoring);
            Aten.BatchedMatrixProduct(outputs, scores, values);
            if (keepProbabilities)
                probabilities[block] = scores;
            else
                scores.Dispose();
        }
        return keepProbabilities ? probabilities : [];
    }

    /// <summary>Computes the gradients of query, key and value; disposes the probabilities.</summary>
    public static void Backward(Tensor query, Tensor key, Tensor value, ReadOnlySpan<Tensor> probabilities, Tensor outputGradient,
        Tensor queryGradient, Tensor keyGradient, Tensor valueGradient, float scale)
    {
        (int heads, int tokens) = ((int)query.shape[0], (int)query.shape[1]);
        // From the last block, which touches every key, backwards: the first product of each sum is written, the others added.
        for (int block = probabilities.Length - 1; block >= 0; block--)
        {
            int start = block * Rows;
            int rows = Math.Min(Rows, tokens - start);
            int columns = start + rows;
            bool first = block == probabilities.Length - 1;
            using Tensor shares = probabilities[block]; // [heads, rows, columns]
            using Tensor outputs = outputGradient.narrow(1, start, rows);
            AddTransposedProduct(valueGradient, shares, outputs, columns, first);
            using Tensor scores = empty_like(shares);
            using (Tensor values = value.narrow(1, 0, columns))
            using (Tensor valuesTransposed = values.transpose(1, 2))
                Aten.BatchedMatrixProduct(scores, outputs, valuesTransposed);
            SoftmaxKernel.Block sizes = new(heads, rows, columns, start);
            if (query.dtype == ScalarType.BFloat16)
                SoftmaxKernel.Gradients<BFloat16Element>(Aten.Pointer(shares), Aten.Pointer(scores), sizes, scale);
            else
                SoftmaxKernel.Gradients<Float32Element>(Aten.Pointer(shares), Aten.Pointer(scores), sizes, scale);
            using Tensor queries = query.narrow(1, start, rows);
            AddTransposedProduct(keyGradient, scores, queries, columns, first);
            using Tensor keys = key.narrow(1, 0, columns);
            using Tensor queryPart = queryGradient.narrow(1, start, rows);
            Aten.BatchedMatrixProduct(queryPart, scores, keys);
        }
    }

    private static void AddTransposedProduct(Tensor sum, Tensor weights, Tensor rows, int columns, bool first)
    {
        using Tensor target = sum.narrow(1, 0, columns); // [heads, columns, dimensions]
        using Tensor transposed = weights.transpose(1, 2);
        if (first)
            Aten.BatchedMatrixProduct(target, transposed, rows);
        else
            Aten.AddBatchedMatrixProduct(target, transposed, rows);
    }
}
