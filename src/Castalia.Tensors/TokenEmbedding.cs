using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>
/// Rows of an embedding matrix, and the matrix's gradient. A token that occurs a hundred times in a batch gets a sum of a hundred rows:
/// here it is taken in fp32 and rounded once, in the order of the tokens, whatever the type and the number of threads.
/// </summary>
public static unsafe class TokenEmbedding
{
    /// <summary>The row of every token.</summary>
    /// <param name="matrix">fp32 or bf16. <c>[vocabulary, width]</c></param>
    /// <param name="tokens">int64, of any shape.</param>
    /// <returns><c>[..., width]</c></returns>
    /// <exception cref="ArgumentException">A type does not fit, or a token is not in the vocabulary.</exception>
    public static Tensor Lookup(Tensor matrix, Tensor tokens)
    {
        if (matrix.dim() != 2 || matrix.dtype is not (ScalarType.Float32 or ScalarType.BFloat16) || tokens.dtype != ScalarType.Int64)
        {
            throw new ArgumentException($"Expected an fp32 or bf16 matrix and int64 tokens, found {matrix.dtype} "
                + $"[{string.Join(", ", matrix.shape)}] and {tokens.dtype}.");
        }
        if (matrix.device_type != DeviceType.CPU)
            return Rows(matrix, tokens);
        using Tensor dense = tokens.contiguous();
        foreach (long token in Values(dense))
        {
            if ((ulong)token >= (ulong)matrix.shape[0])
                throw new ArgumentException($"Token {token} is not in a vocabulary of {matrix.shape[0]}.", nameof(tokens));
        }
        if (is_grad_enabled() && matrix.requires_grad)
            return LookupFunction.apply(matrix, dense);
        return Rows(matrix, dense);
    }

    private static Tensor Rows(Tensor matrix, Tensor tokens)
    {
        using Tensor flat = tokens.reshape(-1);
        using Tensor rows = matrix.index_select(0, flat);
        return rows.view([.. tokens.shape, matrix.shape[1]]);
    }

    private static ReadOnlySpan<long> Values(Tensor tokens) => new(Aten.Pointer(tokens), checked((int)tokens.numel()));

    /// <summary>Adds the gradient of every token's row to the row of its token.</summary>
    private static void Scatter<T>(Tensor gradient, ReadOnlySpan<long> tokens, Tensor matrix) where T : struct, IVectorElement
    {
        int width = (int)matrix.shape[1];
        // Positions of a token one after another, in their own order: the key holds both.
        long[] sorted = new long[tokens.Length];
        for (int i = 0; i < sorted.Length; i++)
            sorted[i] = (tokens[i] << 32) | (uint)i;
        Array.Sort(sorted);
        nint source = (nint)Aten.Pointer(gradient);
        nint target = (nint)Aten.Pointer(matrix);
        ParallelRows.For(sorted.Length, 256, (from, to) =>
        {
            float[] sum = new float[width];
            // A range takes the tokens that begin in it, to their end.
            int i = from;
            while (i > 0 && i < to && sorted[i] >> 32 == sorted[i - 1] >> 32)
                i++;
            while (i < to)
            {
                long token = sorted[i] >> 32;
                Array.Clear(sum);
                for (; i < sorted.Length && sorted[i] >> 32 == token; i++)
                    RowKernel.Add<T>((byte*)source + (nint)(uint)sorted[i] * width * T.Size, sum);
                RowKernel.Store<T>(sum, (byte*)target + (nint)token * width * T.Size);
            }
        });
    }

    private sealed class LookupFunction : autograd.SingleTensorFunction<LookupFunction>
    {
        public override string Name => nameof(TokenEmbedding);

        public override Tensor forward(autograd.AutogradContext context, params object[] arguments)
        {
            Tensor matrix = (Tensor)arguments[0];
            Tensor tokens = (Tensor)arguments[1];
            context.save_data("vocabulary", matrix.shape[0]);
            SavedTensors.Keep(context, SavedTensors.Alias(tokens));
            return Rows(matrix, tokens);
        }

        public override List<Tensor?> backward(autograd.AutogradContext context, Tensor gradient)
        {
            using Tensor tokens = SavedTensors.Take(context)[0];
            using Tensor dense = gradient.contiguous();
            Tensor matrix = zeros([(long)context.get_data("vocabulary"), gradient.shape[^1]], dtype: gradient.dtype);
            if (gradient.dtype == ScalarType.BFloat16)
                Scatter<BFloat16Element>(dense, Values(tokens), matrix);
            else
                Scatter<Float32Element>(dense, Values(tokens), matrix);
            gradient.Dispose();
            return BackwardOutputs.Return(matrix, null);
        }
    }
}
