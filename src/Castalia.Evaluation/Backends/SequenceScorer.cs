namespace Castalia.Evaluation;

/// <summary>
/// Scores sequences: every token that follows a different beginning is read once, whatever number of sequences have it (choices of a context, the
/// examples before the questions of a whole task), packed without padding; and only the states that a target hangs on meet the unembedding, each once.
/// </summary>
/// <param name="model">What reads tokens.</param>
/// <param name="tokensPerPass">The most tokens it reads at a time.</param>
internal sealed class SequenceScorer(ITreeModel model, int tokensPerPass)
{
    /// <summary>One answer a sequence, in their order.</summary>
    /// <param name="sequences">What to score; no input may be longer than the model's context.</param>
    /// <param name="answered">Told each answer as it is there.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    public Loglikelihood[] Score(IReadOnlyList<ScoredSequence> sequences, Action<int, Loglikelihood>? answered = null, CancellationToken cancellationToken = default)
    {
        var answers = new Loglikelihood[sequences.Count];
        Array.Fill(answers, new Loglikelihood(0, true));
        foreach (IGrouping<int, int> kind in Enumerable.Range(0, sequences.Count).GroupBy(sequence => model.KindOf(sequences[sequence].Input.Length)))
            Walk(sequences, new PrefixTree(sequences, [.. kind]), kind.Key, answers, answered, cancellationToken);
        return answers;
    }

    private void Walk(IReadOnlyList<ScoredSequence> sequences, PrefixTree tree, int kind, Loglikelihood[] answers,
        Action<int, Loglikelihood>? answered, CancellationToken cancellationToken)
    {
        var scored = new int[sequences.Count]; // targets of each sequence
        using ITreeWalk walk = model.Begin(tree.Longest, kind);
        for (int node = 0; node < tree.Nodes; node += tokensPerPass)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TreePass pass = tree.Pass(node, Math.Min(tree.Nodes, node + tokensPerPass), out int[] owners);
            (double[] logProbabilities, bool[] greedy) = walk.Read(pass);
            for (int i = 0; i < owners.Length; i++)
            {
                // A sequence's targets come in its order, whatever passes they are in.
                int sequence = owners[i];
                answers[sequence] = new Loglikelihood(answers[sequence].Value + logProbabilities[i], answers[sequence].IsGreedy && greedy[i]);
                if (++scored[sequence] == sequences[sequence].Tokens.Length - sequences[sequence].FirstTarget)
                    answered?.Invoke(sequence, answers[sequence]);
            }
        }
    }
}
