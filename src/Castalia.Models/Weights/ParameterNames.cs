namespace Castalia.Models;

/// <summary>
/// The canonical parameters of a <see cref="TransformerConfig"/>, one name for one thing in every architecture, computed from the
/// sizes alone: nothing is allocated and libtorch is not loaded.
/// </summary>
public static class ParameterNames
{
    /// <summary>Token embedding, [vocabulary, hidden].</summary>
    public const string Embedding = "embedding.weight";

    /// <summary>Token unembedding, [vocabulary, hidden]; absent where the embedding is tied.</summary>
    public const string Unembedding = "unembedding.weight";

    /// <summary>Gain of the norm after the last block, [hidden].</summary>
    public const string FinalNormWeight = "final_norm.weight";

    /// <summary>Bias of the norm after the last block, [hidden].</summary>
    public const string FinalNormBias = "final_norm.bias";

    /// <summary>Gain of the norm before attention, [hidden].</summary>
    public static string InputNormWeight(int layer) => $"layers.{layer}.input_norm.weight";

    /// <summary>Bias of the norm before attention, [hidden].</summary>
    public static string InputNormBias(int layer) => $"layers.{layer}.input_norm.bias";

    /// <summary>
    /// Queries, keys and values in one matrix, [3 · hidden, hidden], head by head: the rows of the first head's query, key and value, then
    /// those of the second. So a run of rows is a run of heads, which is what splitting a model over ranks wants.
    /// </summary>
    public static string QkvWeight(int layer) => $"layers.{layer}.attention.qkv.weight";

    /// <summary>Bias of queries, keys and values, [3 · hidden].</summary>
    public static string QkvBias(int layer) => $"layers.{layer}.attention.qkv.bias";

    /// <summary>Projection out of attention, [hidden, hidden].</summary>
    public static string AttentionOutputWeight(int layer) => $"layers.{layer}.attention.output.weight";

    /// <summary>Bias of the projection out of attention, [hidden].</summary>
    public static string AttentionOutputBias(int layer) => $"layers.{layer}.attention.output.bias";

    /// <summary>Gain of the norm before the MLP, [hidden].</summary>
    public static string MlpNormWeight(int layer) => $"layers.{layer}.mlp_norm.weight";

    /// <summary>Bias of the norm before the MLP, [hidden].</summary>
    public static string MlpNormBias(int layer) => $"layers.{layer}.mlp_norm.bias";

    /// <summary>Projection into the MLP, [intermediate, hidden].</summary>
    public static string MlpUpWeight(int layer) => $"layers.{layer}.mlp.up.weight";

    /// <summary>Bias of the projection into the MLP, [intermediate].</summary>
    public static string MlpUpBias(int layer) => $"layers.{layer}.mlp.up.bias";

    /// <summary>Projection out of the MLP, [hidden, intermediate].</summary>
    public static string MlpDownWeight(int layer) => $"layers.{layer}.mlp.down.weight";

    /// <summary>Bias of the projection out of the MLP, [hidden].</summary>
    public static string MlpDownBias(int layer) => $"layers.{layer}.mlp.down.bias";

    /// <summary>All parameters of a model, from the embedding up.</summary>
    /// <exception cref="ArgumentException">The configuration makes no model.</exception>
    public static IReadOnlyList<ParameterSpec> Of(TransformerConfig config)
    {
        config.Validate();
        long vocabulary = config.VocabularySize, hidden = config.HiddenSize, intermediate = config.IntermediateSize;
        var all = new List<ParameterSpec> { new(Embedding, [vocabulary, hidden], ParameterRole.Embedding) };
        for (int layer = 0; layer < config.Layers; layer++)
        {
            AddNorm(InputNormWeight(layer), InputNormBias(layer));
            all.Add(new(QkvWeight(layer), [3 * hidden, hidden], ParameterRole.Input));
            if (config.AttentionBias)
                all.Add(new(QkvBias(layer), [3 * hidden], ParameterRole.Bias));
            all.Add(new(AttentionOutputWeight(layer), [hidden, hidden], ParameterRole.Output));
            if (config.AttentionBias)
                all.Add(new(AttentionOutputBias(layer), [hidden], ParameterRole.Bias));
            AddNorm(MlpNormWeight(layer), MlpNormBias(layer));
            all.Add(new(MlpUpWeight(layer), [intermediate, hidden], ParameterRole.Input));
            all.Add(new(MlpUpBias(layer), [intermediate], ParameterRole.Bias));
            all.Add(new(MlpDownWeight(layer), [hidden, intermediate], ParameterRole.Output));
            all.Add(new(MlpDownBias(layer), [hidden], ParameterRole.Bias));
        }
        AddNorm(FinalNormWeight, FinalNormBias);
        if (!config.TiedEmbeddings)
            all.Add(new(Unembedding, [vocabulary, hidden], ParameterRole.Unembedding));
        return all;

        void AddNorm(string weight, string bias)
        {
            all.Add(new(weight, [hidden], ParameterRole.Norm));
            all.Add(new(bias, [hidden], ParameterRole.Norm));
        }
    }

    /// <summary>How many numbers a model has, and how many of them outside embedding and unembedding.</summary>
    public static (long Total, long NonEmbedding) Count(TransformerConfig config)
    {
        long total = 0, embeddings = 0;
        foreach (ParameterSpec parameter in Of(config))
        {
            total += parameter.Count;
            if (parameter.Role is ParameterRole.Embedding or ParameterRole.Unembedding)
                embeddings += parameter.Count;
        }
        return (total, total - embeddings);
    }
}
