using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>
/// The cross-entropy of a language model, from the last hidden state on: the product with the unembedding matrix, softmax, loss and all
/// gradients, a chunk of tokens at a time.
/// </summary>
/// <remarks>
/// Logits are the largest thing in a small model's step (4,096 tokens by 50,304 in fp32: 824 MB, several times over in eager code). Here only one
/// chunk of them exists, in the type of the hidden state; softmax, loss and gradient are one pass in place, and the gradients of hidden
/// state and matrix are taken while the chunk is there. The backward pass only hands them out. Sums are in fp32 or double and in a fixed order.
/// </remarks>
public static unsafe class ChunkedCrossEntropy
{
    /// <summary>The label of a token that does not count, as in PyTorch.</summary>
    public const long IgnoredLabel = -100;

    // A chunk's logits take about this much: large enough for full speed of the products, small beside the model.
    private const long ChunkBytes = 64 << 20;

    /// <summary>The mean over all labels that count of their negative log probability, in nats, as an fp32 scalar that autograd can follow.</summary>
    /// <param name="hidden">The final norm's output, fp32 or bf16. <c>[tokens, width]</c></param>
    /// <param name="unembedding">The output matrix, same type. <c>[vocabulary, width]</c></param>
    /// <param name="labels">int64, the next token of each position or <see cref="IgnoredLabel"/>. <c>[tokens]</c></param>
    /// <param name="chunkTokens">Tokens of a chunk; null chooses by the size of the vocabulary. The result depends on it only by rounding.</param>
    /// <param name="bias">Added to the logits, same type; null for none. <c>[vocabulary]</c></param>
    /// <exception cref="ArgumentException">Shapes or types do not fit, or a label is not in the vocabulary.</exception>
    public static Tensor Mean(Tensor hidden, Tensor unembedding, Tensor labels, int? chunkTokens = null, Tensor? bias = null)
    {
        Validate(hidden, unembedding, labels, bias);
        if (hidden.device_type != DeviceType.CPU)
            return PlainMean(hidden, unembedding, labels, bias);
        int chunk = chunkTokens ?? ChunkTokens(hidden, unembedding);
        ArgumentOutOfRangeException.ThrowIfLessThan(chunk, 1, nameof(chunkTokens));
        if (!is_grad_enabled() || !(hidden.requires_grad || unembedding.requires_grad || bias is { requires_grad: true }))
            return MeanWithoutGradient(hidden, unembedding, labels, bias);
        return bias is null
            ? CrossEntropyFunction.apply(hidden, unembedding, labels, chunk)
            : CrossEntropyFunction.apply(hidden, unembedding, labels, chunk, bias);
    }

    /// <summary>The same by the plain way: all logits in fp32 at once. The reference that <see cref="Mean"/> is tested against.</summary>
    public static Tensor PlainMean(Tensor hidden, Tensor unembedding, Tensor labels, Tensor? bias = null)
    {
        using Tensor logits = nn.functional.linear(hidden, unembedding, bias);
        using Tensor wide = logits.to(ScalarType.Float32);
        return nn.functional.cross_entropy(wide, labels, ignore_index: IgnoredLabel);
    }

    /// <summary>The log probability of each label, without gradients: what evaluation sums up.</summary>
    /// <param name="hidden">The final norm's output, fp32 or bf16. <c>[tokens, width]</c></param>
    /// <param name="unembedding">The output matrix, same type. <c>[vocabulary, width]</c></param>
    /// <param name="labels">int64 tokens, or <see cref="IgnoredLabel"/>, which gives 0 and false. <c>[tokens]</c></param>
    /// <param name="bias">Added to the logits, same type; null for none. <c>[vocabulary]</c></param>
    /// <returns>fp32 log probabilities in nats, and whether each label is what greedy decoding would choose (of equal ones the first). <c>[tokens]</c></returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit, or a label is not in the vocabulary.</exception>
    public static (Tensor LogProbabilities, Tensor Greedy) TokenLogProbabilities(Tensor hidden, Tensor unembedding, Tensor labels, Tensor? bias = null)
    {
        Validate(hidden, unembedding, labels, bias);
        using IDisposable noGrad = no_grad();
        Tensor logProbabilities = empty(hidden.shape[0], dtype: ScalarType.Float32);
        Tensor greedy = empty(hidden.shape[0], dtype: ScalarType.Bool);
        using var scope = NewDisposeScope();
        float* results = (float*)Aten.Pointer(logProbabilities);
        bool* choices = (bool*)Aten.Pointer(greedy);
        hidden = hidden.to(CPU).contiguous();
        unembedding = unembedding.to(CPU);
        labels = labels.to(CPU).contiguous();
        long* allLabels = (long*)Aten.Pointer(labels);
        int vocabulary = checked((int)unembedding.shape[0]);
        ForEachChunk(hidden, unembedding, bias?.to(CPU), ChunkTokens(hidden, unembedding), (logits, _, start, rows) =>
        {
            byte* data = Aten.Pointer(logits);
            if (hidden.dtype == ScalarType.BFloat16)
                LogitsKernel.LogProbabilities<BFloat16Element>(data, allLabels + start, results + start, choices + start, rows, vocabulary);
            else
                LogitsKernel.LogProbabilities<Float32Element>(data, allLabels + start, results + start, choices + start, rows, vocabulary);
        });
        return (logProbabilities, greedy);
    }

    /// <summary>The log probabilities of any number of labels at each token, without gradients: choices that share a context share its logits.</summary>
    /// <param name="hidden">The final norm's output on a CPU, fp32 or bf16. <c>[tokens, width]</c></param>
    /// <param name="unembedding">The output matrix, same type. <c>[vocabulary, width]</c></param>
    /// <param name="rows">The token that each label follows, in ascending order.</param>
    /// <param name="labels">The labels.</param>
    /// <param name="bias">Added to the logits, same type; null for none. <c>[vocabulary]</c></param>
    /// <returns>Log probabilities in nats, and whether each label is what greedy decoding would choose (of equal ones the first).</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit, or a label or token is none.</exception>
    public static (float[] LogProbabilities, bool[] Greedy) LabelLogProbabilities(
        Tensor hidden, Tensor unembedding, int[] rows, int[] labels, Tensor? bias = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(labels);
        using (Tensor none = zeros(hidden.shape[0], ScalarType.Int64))
            Validate(hidden, unembedding, none, bias);
        int vocabulary = checked((int)unembedding.shape[0]);
        if (rows.Length != labels.Length)
            throw new ArgumentException($"There are {rows.Length} tokens for {labels.Length} labels.", nameof(rows));
        for (int i = 0; i < labels.Length; i++)
        {
            if ((uint)labels[i] >= (uint)vocabulary || rows[i] < (i == 0 ? 0 : rows[i - 1]) || rows[i] >= hidden.shape[0])
                throw new ArgumentException($"Label {labels[i]} at token {rows[i]}; expected one of {vocabulary} at ascending tokens below {hidden.shape[0]}.", nameof(labels));
        }
        using IDisposable noGrad = no_grad();
        using Tensor dense = hidden.contiguous();
        var logProbabilities = new float[labels.Length];
        var greedy = new bool[labels.Length];
        int done = 0;
        ForEachChunk(dense, unembedding, bias, ChunkTokens(dense, unembedding), (logits, _, start, count) =>
        {
            int end = done;
            while (end < rows.Length && rows[end] < start + count)
                end++;
            if (end == done)
                return;
            byte* data = Aten.Pointer(logits);
            if (dense.dtype == ScalarType.BFloat16)
                LogitsKernel.LabelLogProbabilities<BFloat16Element>(data, start, rows, labels, done, end, logProbabilities, greedy, vocabulary);
            else
                LogitsKernel.LabelLogProbabilities<Float32Element>(data, start, rows, labels, done, end, logProbabilities, greedy, vocabulary);
            done = end;
        });
        return (logProbabilities, greedy);
    }

    private static Tensor MeanWithoutGradient(Tensor hidden, Tensor unembedding, Tensor labels, Tensor? bias)
    {
        (Tensor logProbabilities, Tensor greedy) = TokenLogProbabilities(hidden, unembedding, labels, bias);
        greedy.Dispose();
        using (logProbabilities)
        {
            double sum = 0;
            foreach (float value in new ReadOnlySpan<float>(Aten.Pointer(logProbabilities), checked((int)logProbabilities.numel())))
                sum -= value;
            return tensor((float)(sum / CountLabels(labels)));
        }
    }

    private static int ChunkTokens(Tensor hidden, Tensor unembedding)
    {
        long tokens = hidden.shape[0];
        long most = Math.Max(128, ChunkBytes / (unembedding.shape[0] * hidden.element_size()) / 64 * 64);
        long chunks = Math.Max(1, (tokens + most - 1) / most);
        return (int)Math.Max(1, (tokens + chunks - 1) / chunks);
    }

    private delegate void Chunk(Tensor logits, Tensor hidden, int start, int rows);

    private static void ForEachChunk(Tensor hidden, Tensor unembedding, Tensor? bias, int chunk, Chunk work)
    {
        long tokens = hidden.shape[0];
        using Tensor transposed = unembedding.t();
        using Tensor buffer = empty(Math.Min(chunk, tokens), unembedding.shape[0], dtype: hidden.dtype);
        for (int start = 0; start < tokens; start += chunk)
        {
            int rows = (int)Math.Min(chunk, tokens - start);
            using Tensor part = hidden.narrow(0, start, rows);
            using Tensor logits = buffer.narrow(0, 0, rows);
            Aten.MatrixProduct(logits, part, transposed);
            if (bias is not null)
                logits.add_(bias);
            work(logits, part, start, rows);
        }
    }

    private static long CountLabels(Tensor labels)
    {
        using Tensor dense = labels.contiguous();
        long ignored = 0;
        foreach (long label in new ReadOnlySpan<long>(Aten.Pointer(dense), checked((int)dense.numel())))
            ignored += label == IgnoredLabel ? 1 : 0;
        return dense.numel() - ignored;
    }

    private static void Validate(Tensor hidden, Tensor unembedding, Tensor labels, Tensor? bias)
    {
        if (bias is not null && (bias.dim() != 1 || bias.shape[0] != unembedding.shape[0] || bias.dtype != unembedding.dtype))
            throw new ArgumentException($"Expected a bias of {unembedding.dtype} [{unembedding.shape[0]}], found {bias.dtype} [{string.Join(", ", bias.shape)}].", nameof(bias));
        if (hidden.dim() != 2 || unembedding.dim() != 2 || labels.dim() != 1
            || hidden.shape[1] != unembedding.shape[1] || labels.shape[0] != hidden.shape[0])
        {
            throw new ArgumentException("Expected hidden [tokens, width], unembedding [vocabulary, width] and labels [tokens], found "
                + $"[{string.Join(", ", hidden.shape)}], [{string.Join(", ", unembedding.shape)}] and [{string.Join(", ", labels.shape)}].");
        }
        if (hidden.dtype != unembedding.dtype || hidden.dtype is not (ScalarType.Float32 or ScalarType.BFloat16) || labels.dtype != ScalarType.Int64)
        {
            throw new ArgumentException("Expected hidden and unembedding of one type, fp32 or bf16, and int64 labels, found "
                + $"{hidden.dtype}, {unembedding.dtype} and {labels.dtype}.");
        }
        if (labels.device_type != DeviceType.CPU)
            return;
        using Tensor dense = labels.contiguous();
        long vocabulary = unembedding.shape[0];
        foreach (long label in new ReadOnlySpan<long>(Aten.Pointer(dense), checked((int)dense.numel())))
        {
            if (label != IgnoredLabel && (ulong)label >= (ulong)vocabulary)
                throw new ArgumentException($"Label {label} is not in a vocabulary of {vocabulary} (nor {IgnoredLabel}, which is ignored).");
        }
    }

    private sealed class CrossEntropyFunction : autograd.SingleTensorFunction<CrossEntropyFunction>
    {
        public override string Name => nameof(ChunkedCrossEntropy);

        public override Tensor forward(autograd.AutogradContext context, params object[] arguments)
        {
            using Tensor hidden = ((Tensor)arguments[0]).contiguous();
            Tensor unembedding = (Tensor)arguments[1];
            using Tensor labels = ((Tensor)arguments[2]).contiguous();
            int vocabulary = checked((int)unembedding.shape[0]);
            float scale = 1f / CountLabels(labels);
            double[] losses = new double[hidden.shape[0]];
            Tensor hiddenGradient = empty_like(hidden);
            // A frozen matrix, under an adapter, is spared the third of the products that would be its gradient.
            Tensor? unembeddingGradient = unembedding.requires_grad ? empty_like(unembedding) : null;
            Tensor? bias = arguments.Length > 4 ? (Tensor)arguments[4] : null;
            using Tensor? biasSum = bias is null ? null : zeros(bias.shape, dtype: ScalarType.Float32);
            ForEachChunk(hidden, unembedding, bias, (int)arguments[3], (logits, part, start, rows) =>
            {
                fixed (double* chunkLosses = &losses[start])
                {
                    byte* data = Aten.Pointer(logits);
                    long* chunkLabels = (long*)Aten.Pointer(labels) + start;
                    if (logits.dtype == ScalarType.BFloat16)
                        LogitsKernel.LossAndGradient<BFloat16Element>(data, chunkLabels, chunkLosses, rows, vocabulary, scale);
                    else
                        LogitsKernel.LossAndGradient<Float32Element>(data, chunkLabels, chunkLosses, rows, vocabulary, scale);
                }
                using Tensor partGradient = hiddenGradient.narrow(0, start, rows);
                Aten.MatrixProduct(partGradient, logits, unembedding);
                if (biasSum is not null)
                {
                    using Tensor columns = logits.sum(0, type: ScalarType.Float32);
                    biasSum.add_(columns);
                }
                if (unembeddingGradient is null)
                    return;
                using Tensor transposed = logits.t();
                if (start == 0)
                    Aten.MatrixProduct(unembeddingGradient, transposed, part);
                else
                    Aten.AddMatrixProduct(unembeddingGradient, transposed, part);
            });
            context.save_data("matrix", unembeddingGradient is not null);
            Tensor? biasGradient = biasSum?.to(bias!.dtype, copy: true);
            SavedTensors.Keep(context, [.. new[] { hiddenGradient, unembeddingGradient, biasGradient }.OfType<Tensor>()]);
            double sum = 0;
            foreach (double loss in losses)
                sum += loss;
            return tensor((float)(sum * scale));
        }

        public override List<Tensor?> backward(autograd.AutogradContext context, Tensor lossGradient)
        {
            Tensor[] gradients = SavedTensors.Take(context);
            using (lossGradient)
            {
                float factor = lossGradient.item<float>();
                if (factor != 1)
                {
                    foreach (Tensor gradient in gradients)
                        gradient.mul_(factor);
                }
            }
            int bias = (bool)context.get_data("matrix") ? 2 : 1;
            Tensor? matrix = bias == 2 ? gradients[1] : null;
            return bias == gradients.Length
                ? BackwardOutputs.Return(gradients[0], matrix, null, null)
                : BackwardOutputs.Return(gradients[0], matrix, null, null, gradients[bias]);
        }
    }
}
