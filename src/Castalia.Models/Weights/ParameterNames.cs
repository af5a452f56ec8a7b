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

    /// <summary>Bias of the unembedding, [vocabulary].</summary>
    public const string UnembeddingBias = "unembedding.bias";

    /// <summary>Learned positions, [positions + offset, hidden].</summary>
    public const string PositionEmbedding = "position_embedding.weight";

    /// <summary>Gain of the norm behind the embedding, [hidden].</summary>
    public const string EmbeddingNormWeight = "embedding_norm.weight";

    /// <summary>Bias of the norm behind the embedding, [hidden].</summary>
    public const string EmbeddingNormBias = "embedding_norm.bias";

    /// <summary>From the embedding's own width to the residual stream's, [hidden, embedding].</summary>
    public const string ProjectIn = "project_in.weight";

    /// <summary>From the residual stream's width to the embedding's own, [embedding, hidden].</summary>
    public const string ProjectOut = "project_out.weight";

    /// <summary>Gain of the norm after the last block, [hidden].</summary>
    public const string FinalNormWeight = "final_norm.weight";

    /// <summary>Bias of the norm after the last block, [hidden].</summary>
    public const string FinalNormBias = "final_norm.bias";

    /// <summary>Gain of the norm before attention, [hidden].</summary>
    public static string InputNormWeight(int layer) => $"layers.{layer}.input_norm.weight";

    /// <summary>Bias of the norm before attention, [hidden].</summary>
    public static string InputNormBias(int layer) => $"layers.{layer}.input_norm.bias";

    /// <summary>
    /// Queries, keys and values in one matrix, [(heads + 2 · key heads) · head size, hidden], group after group: the rows of the queries that
    /// share a head of keys, the rows of that key, those of its value. So a run of rows is a run of heads, which is what splitting a
    /// model over ranks wants; with as many key heads as query heads it is GPT-NeoX's own order.
    /// </summary>
    public static string QkvWeight(int layer) => $"layers.{layer}.attention.qkv.weight";

    /// <summary>Bias of queries, keys and values, in the same order.</summary>
    public static string QkvBias(int layer) => $"layers.{layer}.attention.qkv.bias";

    /// <summary>Projection out of attention, [hidden, heads · head size].</summary>
    public static string AttentionOutputWeight(int layer) => $"layers.{layer}.attention.output.weight";

    /// <summary>Bias of the projection out of attention, [hidden].</summary>
    public static string AttentionOutputBias(int layer) => $"layers.{layer}.attention.output.bias";

    /// <summary>Gain of the norm before the MLP, [hidden].</summary>
    public static string MlpNormWeight(int layer) => $"layers.{layer}.mlp_norm.weight";

    /// <summary>Bias of the norm before the MLP, [hidden].</summary>
    public static string MlpNormBias(int layer) => $"layers.{layer}.mlp_norm.bias";

    /// <summary>What a gated MLP's activation reads, [intermediate, hidden].</summary>
    public static string MlpGateWeight(int layer) => $"layers.{layer}.mlp.gate.weight";

    /// <summary>Bias of the gate, [intermediate].</summary>
    public static string MlpGateBias(int layer) => $"layers.{layer}.mlp.gate.bias";

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
        long embedding = config.EmbeddingSize ?? hidden;
        var all = new List<ParameterSpec> { new(Embedding, [vocabulary, embedding], ParameterRole.Embedding) };
        if (config.Position is LearnedPositions learned)
            all.Add(new(PositionEmbedding, [config.MaxPositions + learned.Offset, hidden], ParameterRole.Embedding));
        if (config.EmbeddingSize is not null)
            all.Add(new(ProjectIn, [hidden, embedding], ParameterRole.Input));
        if (config.EmbeddingNorm)
            AddNorm(EmbeddingNormWeight, EmbeddingNormBias);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            AddNorm(InputNormWeight(layer), InputNormBias(layer));
            AddLinear(QkvWeight(layer), QkvBias(layer), config.QkvSize, hidden, config.QkvBias, ParameterRole.Input);
            AddLinear(AttentionOutputWeight(layer), AttentionOutputBias(layer), hidden, config.AttentionSize, config.AttentionOutputBias, ParameterRole.Output);
            if (config.Residual != ResidualForm.ParallelSharedNorm)
                AddNorm(MlpNormWeight(layer), MlpNormBias(layer));
            if (config.GatedMlp)
                AddLinear(MlpGateWeight(layer), MlpGateBias(layer), intermediate, hidden, config.MlpBias, ParameterRole.Input);
            AddLinear(MlpUpWeight(layer), MlpUpBias(layer), intermediate, hidden, config.MlpBias, ParameterRole.Input);
            AddLinear(MlpDownWeight(layer), MlpDownBias(layer), hidden, intermediate, config.MlpBias, ParameterRole.Output);
        }
        if (config.FinalNorm)
            AddNorm(FinalNormWeight, FinalNormBias);
        if (config.EmbeddingSize is not null)
            all.Add(new(ProjectOut, [embedding, hidden], ParameterRole.Input));
        if (!config.TiedEmbeddings)
            all.Add(new(Unembedding, [vocabulary, embedding], ParameterRole.Unembedding));
        if (config.UnembeddingBias)
            all.Add(new(UnembeddingBias, [vocabulary], ParameterRole.Bias));
        return all;

        void AddNorm(string weight, string bias)
        {
            if (config.Norm.HasWeight)
                all.Add(new(weight, [hidden], ParameterRole.Norm));
            if (config.Norm.HasBias)
                all.Add(new(bias, [hidden], ParameterRole.Norm));
        }

        void AddLinear(string weight, string bias, long outputs, long inputs, bool hasBias, ParameterRole role)
        {
            all.Add(new(weight, [outputs, inputs], role));
            if (hasBias)
                all.Add(new(bias, [outputs], ParameterRole.Bias));
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
