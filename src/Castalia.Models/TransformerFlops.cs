namespace Castalia.Models;

/// <summary>Floating-point operations of a model, for utilisation figures. A multiplication and an addition count as two.</summary>
public static class TransformerFlops
{
    /// <summary>
    /// Operations of one training step by GPT-NeoX's own formula (<c>megatron/logging.py</c>), so that figures can be set beside published
    /// ones: 24 · k · B · s · L · h² · (1 + s/6h + V/(16 L h)), with k = 3, or 4 where activations are recomputed. It takes the MLP to be
    /// four times as wide as the model, counts attention as if it were not causal, and three quarters of the unembedding.
    /// </summary>
    /// <param name="config">The model.</param>
    /// <param name="batch">Sequences a step.</param>
    /// <param name="sequence">Tokens a sequence.</param>
    /// <param name="recompute">Whether the backward pass computes the forward pass again.</param>
    public static double TrainingStepNeoX(TransformerConfig config, long batch, long sequence, bool recompute = false)
    {
        double s = sequence, h = config.HiddenSize, layers = config.Layers, vocabulary = config.VocabularySize;
        int passes = recompute ? 4 : 3;
        return 24.0 * passes * batch * s * layers * h * h * (1 + s / (6 * h) + vocabulary / (16 * layers * h));
    }

    /// <summary>
    /// Operations of the matrix products of one training step, from the shapes the model has: twice each matrix's elements a token, and
    /// queries by keys and probabilities by values over the causal half; three times that for forward and backward.
    /// </summary>
    /// <param name="config">The model.</param>
    /// <param name="batch">Sequences a step.</param>
    /// <param name="sequence">Tokens a sequence.</param>
    public static double TrainingStep(TransformerConfig config, long batch, long sequence) => 3 * Forward(config, batch, sequence);

    /// <summary>Operations of the matrix products of one forward pass with logits for every token; see <see cref="TrainingStep"/>.</summary>
    /// <param name="config">The model.</param>
    /// <param name="batch">Sequences.</param>
    /// <param name="sequence">Tokens a sequence.</param>
    public static double Forward(TransformerConfig config, long batch, long sequence)
    {
        double perToken = 2.0 * config.VocabularySize * config.HiddenSize;
        foreach (ParameterSpec parameter in ParameterNames.Of(config))
        {
            if (parameter.Role is ParameterRole.Input or ParameterRole.Output)
                perToken += 2.0 * parameter.Count;
        }
        double causalPairs = sequence * (sequence + 1.0) / 2;
        return batch * (perToken * sequence + 4.0 * config.Layers * config.HiddenSize * causalPairs);
    }
}
