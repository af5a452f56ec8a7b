using Castalia.Evaluation;
using Castalia.Models;
using Castalia.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Score = Castalia.Evaluation.Loglikelihood;

namespace Castalia.Bench.Harness;

/// <summary>
/// The usual way to answer requests: each passes whole, the longest first, in batches filled up on the right. Where it groups, requests that read the
/// same tokens pass once, as lm-eval does it for the one-token choices of a context. Kernels and tokenizer are ours; logits are computed only where
/// something is scored, which lm-eval does not spare itself.
/// </summary>
/// <param name="transformer">The model.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="groups">Whether requests that read the same pass once.</param>
internal sealed class RequestPasses(Transformer transformer, Text.Tokenizer tokenizer, bool groups) : ILanguageModel
{
    private const int TokensPerBatch = 4096;

    public string Name => groups ? "grouped as in lm-eval" : "a pass a request";

    /// <summary>Tokens that passed, padding included.</summary>
    public long TokensRead { get; private set; }

    public IReadOnlyList<Score> Loglikelihoods(
        IReadOnlyList<LoglikelihoodRequest> requests, Action<int, Score>? answered = null, CancellationToken cancellationToken = default)
    {
        var pairs = new TokenPair[requests.Count];
        Parallel.For(0, pairs.Length, i => pairs[i] = Encode(requests[i]));
        int[][] passes = [.. Passes(pairs).OrderByDescending(pass => Length(pairs[pass[0]])).ThenBy(pass => pass[0])];
        var answers = new Score[requests.Count];
        for (int done = 0; done < passes.Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int length = Length(pairs[passes[done][0]]), count = Math.Clamp(TokensPerBatch / length, 1, passes.Length - done);
            Run(pairs, passes.AsSpan(done, count).ToArray(), length, answers);
            done += count;
        }
        for (int i = 0; answered is not null && i < answers.Length; i++)
            answered(i, answers[i]);
        return answers;
    }

    public IReadOnlyList<double> RollingLoglikelihoods(
        IReadOnlyList<RollingRequest> requests, Action<int, double>? answered = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("Only choices are measured.");

    public IReadOnlyList<string> Generate(
        IReadOnlyList<GenerationRequest> requests, Action<int, string>? answered = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("Only choices are measured.");

    private static int Length(TokenPair pair) => pair.Context.Length + pair.Continuation.Length - 1;

    private TokenPair Encode(LoglikelihoodRequest request)
    {
        (int[] context, int[] continuation) = TokenPair.Encode(request.Context, request.Continuation, text => tokenizer.Encode(text), 0);
        return new TokenPair(context[Math.Max(0, context.Length + continuation.Length - transformer.Config.MaxPositions - 1)..], continuation);
    }

    private IEnumerable<int[]> Passes(TokenPair[] pairs)
    {
        IEnumerable<int> all = Enumerable.Range(0, pairs.Length);
        return groups ? all.GroupBy(i => string.Join(' ', pairs[i].Context.Concat(pairs[i].Continuation[..^1]))).Select(group => group.ToArray()) : all.Select(i => new[] { i });
    }

    private void Run(TokenPair[] pairs, int[][] batch, int length, Score[] answers)
    {
        TokensRead += (long)batch.Length * length;
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        var ids = new long[batch.Length * length];
        var rows = new List<long>();
        var labels = new List<long>();
        for (int row = 0; row < batch.Length; row++)
        {
            TokenPair read = pairs[batch[row][0]];
            int next = row * length;
            foreach (int token in read.Context.Concat(read.Continuation).Take(Length(read)))
                ids[next++] = token;
            foreach (TokenPair pair in batch[row].Select(i => pairs[i]))
            {
                for (int i = 0; i < pair.Continuation.Length; i++)
                {
                    rows.Add(row * length + pair.Context.Length - 1 + i);
                    labels.Add(pair.Continuation[i]);
                }
            }
        }
        Tensor hidden = transformer.Hidden(tensor(ids, [batch.Length, length])).flatten(0, 1);    // [batch · sequence, hidden]
        (Tensor logProbabilities, Tensor greedy) = ChunkedCrossEntropy.TokenLogProbabilities(
            hidden.index_select(0, tensor(rows)), transformer.Weights.Unembedding, tensor(labels), transformer.Weights.UnembeddingBias);
        float[] values = logProbabilities.data<float>().ToArray();
        bool[] likeliest = greedy.data<bool>().ToArray();
        int done = 0;
        foreach (int i in batch.SelectMany(pass => pass))
        {
            int count = pairs[i].Continuation.Length;
            answers[i] = new Score(values.Skip(done).Take(count).Sum(value => (double)value), likeliest.Skip(done).Take(count).All(one => one));
            done += count;
        }
    }
}
