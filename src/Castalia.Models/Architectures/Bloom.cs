using System.Text.Json.Nodes;
using static Castalia.Models.ParameterNames;

namespace Castalia.Models.Architectures;

/// <summary>
/// BLOOM (BigScience 2022). Attention with linear biases, a norm behind the embedding, sequential residual, biases everywhere, embeddings
/// tied. Its fused matrix of queries, keys and values is the canonical one.
/// </summary>
public sealed class Bloom : IArchitecture
{
    /// <inheritdoc/>
    public string ModelType => "bloom";

    /// <inheritdoc/>
    public string Prefix => "transformer.";

    /// <inheritdoc/>
    public TransformerConfig ReadConfig(ConfigJson json)
    {
        int hidden = json.Int(json.Spelling("hidden_size", "n_embed"), 1, ConfigBounds.Size);
        return new TransformerConfig
        {
            Architecture = ModelType,
            VocabularySize = json.Int("vocab_size", 1, ConfigBounds.Vocabulary),
            HiddenSize = hidden,
            Layers = json.Int(json.Spelling("n_layer", "num_hidden_layers"), 1, ConfigBounds.Layers),
            Heads = json.Int(json.Spelling("n_head", "num_attention_heads"), 1, ConfigBounds.Size),
            IntermediateSize = 4 * hidden,
            MaxPositions = json.Int("seq_length", 1, ConfigBounds.Context, absent: 2048),
            Position = new AlibiPositions(),
            Residual = json.Bool("apply_residual_connection_post_layernorm", absent: false) ? ResidualForm.SequentialFromNorm : ResidualForm.Sequential,
            Norm = new LayerNorm(json.Number("layer_norm_epsilon", absent: 1e-5)),
            EmbeddingNorm = true,
            Activation = Activation.GeluTanh,
            TiedEmbeddings = json.Bool("tie_word_embeddings", absent: true),
            BeginTokenId = json.TokenId("bos_token_id"),
            EndTokenId = json.TokenId("eos_token_id"),
        };
    }

    /// <inheritdoc/>
    public JsonObject WriteConfig(TransformerConfig config)
    {
        config.Validate();
        if (config.IntermediateSize != 4 * config.HiddenSize)
            throw new ArgumentException($"BLOOM's MLP is four times as wide as the model, {4 * config.HiddenSize}, not {config.IntermediateSize}.");
        return new JsonObject
        {
            ["architectures"] = new JsonArray("BloomForCausalLM"),
            ["model_type"] = ModelType,
            ["vocab_size"] = config.VocabularySize,
            ["hidden_size"] = config.HiddenSize,
            ["n_layer"] = config.Layers,
            ["n_head"] = config.Heads,
            ["seq_length"] = config.MaxPositions,
            ["layer_norm_epsilon"] = config.Norm.Epsilon,
            ["apply_residual_connection_post_layernorm"] = config.Residual == ResidualForm.SequentialFromNorm,
            ["tie_word_embeddings"] = config.TiedEmbeddings,
            ["bos_token_id"] = config.BeginTokenId,
            ["eos_token_id"] = config.EndTokenId,
        };
    }

    /// <inheritdoc/>
    public IReadOnlyList<HuggingFaceParameter> Parameters(TransformerConfig config)
    {
        var list = new HuggingFaceParameters(config);
        list.Add("transformer.word_embeddings.weight", Embedding);
        list.Pair("transformer.word_embeddings_layernorm", EmbeddingNormWeight, EmbeddingNormBias);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string at = $"transformer.h.{layer}.";
            list.Pair(at + "input_layernorm", InputNormWeight(layer), InputNormBias(layer));
            list.Pair(at + "self_attention.query_key_value", QkvWeight(layer), QkvBias(layer));
            list.Pair(at + "self_attention.dense", AttentionOutputWeight(layer), AttentionOutputBias(layer));
            list.Pair(at + "post_attention_layernorm", MlpNormWeight(layer), MlpNormBias(layer));
            list.Pair(at + "mlp.dense_h_to_4h", MlpUpWeight(layer), MlpUpBias(layer));
            list.Pair(at + "mlp.dense_4h_to_h", MlpDownWeight(layer), MlpDownBias(layer));
        }
        list.Pair("transformer.ln_f", FinalNormWeight, FinalNormBias);
        list.Add("lm_head.weight", Unembedding);
        return list.All;
    }

    /// <inheritdoc/>
    public bool Ignores(string name, TransformerConfig config) => config.TiedEmbeddings && name == "lm_head.weight";
}
