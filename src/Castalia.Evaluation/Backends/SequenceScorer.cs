using Castalia.Models;
using Castalia.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Evaluation;

/// <summary>A sequence of which the end is scored.</summary>
/// <param name="Tokens">Context and targets.</param>
/// <param name="FirstTarget">Index of the first target, at least 1.</param>
internal readonly record struct ScoredSequence(int[] Tokens, int FirstTarget)
{
    /// <summary>What the model reads: everything but the last token, which nothing follows.</summary>
    public ReadOnlySpan<int> Input => Tokens.AsSpan(0, Tokens.Length - 1);
}

/// <summary>
/// Scores sequences with a transformer: each different input passes once, in batches of like length, and only the hidden states that a
/// target hangs on meet the unembedding. An input that is the beginning of another one is answered by the other's pass, so choices of one
/// token cost nothing beyond their context.
/// </summary>
internal sealed class SequenceScorer(Transformer transformer, int tokensPerBatch)
{
    /// <summary>One answer a sequence, in their order.</summary>
    /// <param name="sequences">What to score; no input may be longer than the model's context.</param>
    /// <param name="answered">Told each answer as it is there.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public Loglikelihood[] Score(IReadOnlyList<ScoredSequence> sequences, Action<int, Loglikelihood>? answered = null, CancellationToken cancellationToken = default)
    {
        var answers = new Loglikelihood[sequences.Count];
        List<List<int>> passes = Passes(sequences);
        for (int next = 0; next < passes.Count;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int length = sequences[passes[next][0]].Input.Length;
            int count = Math.Clamp(tokensPerBatch / length, 1, passes.Count - next);
            List<List<int>> batch = passes.GetRange(next, count);
            Run(sequences, batch, length, answers);
            next += count;
            foreach (int sequence in answered is null ? [] : batch.SelectMany(pass => pass))
                answered!(sequence, answers[sequence]);
        }
        return answers;
    }

    /// <summary>Sequences that one input serves, the longest of them first; the passes from long to short.</summary>
    private static List<List<int>> Passes(IReadOnlyList<ScoredSequence> sequences)
    {
        int[] order = [.. Enumerable.Range(0, sequences.Count)];
        Array.Sort(order, (a, b) => sequences[a].Input.SequenceCompareTo(sequences[b].Input) is not 0 and var difference ? difference : a.CompareTo(b));
        var passes = new List<List<int>>();
        // In lexical order what extends an input stands right behind it.
        for (int i = order.Length - 1; i >= 0; i--)
        {
            if (passes.Count > 0 && sequences[passes[^1][0]].Input.StartsWith(sequences[order[i]].Input))
                passes[^1].Add(order[i]);
            else
                passes.Add([order[i]]);
        }
        return [.. passes.OrderByDescending(pass => sequences[pass[0]].Input.Length).ThenBy(pass => pass[0])];
    }

    private void Run(IReadOnlyList<ScoredSequence> sequences, List<List<int>> batch, int length, Loglikelihood[] answers)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        int targets = batch.Sum(pass => pass.Sum(i => sequences[i].Tokens.Length - sequences[i].FirstTarget));
        var rows = new long[targets];
        var labels = new long[targets];
        var ids = new long[batch.Count * length];
        for (int row = 0, next = 0; row < batch.Count; row++)
        {
            ReadOnlySpan<int> input = sequences[batch[row][0]].Input;
            for (int i = 0; i < input.Length; i++)
                ids[row * length + i] = input[i];
            foreach (int sequence in batch[row])
            {
                (int[] tokens, int first) = sequences[sequence];
                for (int i = first; i < tokens.Length; i++, next++)
                    (rows[next], labels[next]) = (row * length + i - 1, tokens[i]);
            }
        }
        Device device = transformer.Weights.Device;
        // Shorter inputs are filled up on their right, which no position to the left can see.
        Tensor inputs = tensor(ids, [batch.Count, length], device: device); // [batch, sequence]
        Tensor hidden = transformer.Hidden(inputs).flatten(0, 1); // [batch x sequence, hidden]
        Tensor scored = hidden.index_select(0, tensor(rows, device: device)); // [targets, hidden]
        (Tensor logProbabilities, Tensor greedy) = ChunkedCrossEntropy.TokenLogProbabilities(
            scored, transformer.Weights.Unembedding, tensor(labels, device: device), transformer.Weights.UnembeddingBias);
        Sum(sequences, batch, logProbabilities.data<float>().ToArray(), greedy.data<bool>().ToArray(), answers);
    }

    private static void Sum(
        IReadOnlyList<ScoredSequence> sequences, List<List<int>> batch, float[] logProbabilities, bool[] greedy, Loglikelihood[] answers)
    {
        int next = 0;
        foreach (int sequence in batch.SelectMany(pass => pass))
        {
            int count = sequences[sequence].Tokens.Length - sequences[sequence].FirstTarget;
            double sum = 0;
            bool all = true;
            for (int i = next; i < next + count; i++)
            {
                sum += logProbabilities[i];
                all &= greedy[i];
            }
            answers[sequence] = new Loglikelihood(sum, all);
            next += count;
        }
    }
}
