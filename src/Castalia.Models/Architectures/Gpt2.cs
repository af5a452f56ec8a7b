using System.Text.Json.Nodes;
using static Castalia.Models.ParameterNames;

namespace Castalia.Models.Architectures;

/// <summary>
/// GPT-2 (Radford et al. 2019). Learned positions, sequential residual, biases everywhere, embeddings tied; matrices are stored [in, out], and
/// one holds the queries, keys and values of all heads one after the other.
/// </summary>
public sealed class Gpt2 : IArchitecture
{
    /// <inheritdoc/>
    public string ModelType => "gpt2";

    /// <inheritdoc/>
    public string Prefix => "transformer.";

    /// <inheritdoc/>
    public TransformerConfig ReadConfig(ConfigJson json)
    {
        if (json.Bool("add_cross_attention", absent: false))
            throw json.Wrong("add_cross_attention", "false: a decoder without an encoder");
        int hidden = json.Int(json.Spelling("n_embd", "hidden_size"), 1, ConfigBounds.Size);
        return new TransformerConfig
        {
            Architecture = ModelType,
            VocabularySize = json.Int("vocab_size", 1, ConfigBounds.Vocabulary),
            HiddenSize = hidden,
            Layers = json.Int(json.Spelling("n_layer", "num_hidden_layers"), 1, ConfigBounds.Layers),
            Heads = json.Int(json.Spelling("n_head", "num_attention_heads"), 1, ConfigBounds.Size),
            IntermediateSize = json.Int("n_inner", 1, ConfigBounds.Size, absent: 4 * hidden),
            MaxPositions = json.Int(json.Spelling("n_positions", "max_position_embeddings"), 1, ConfigBounds.Context, absent: 1024),
            Position = new LearnedPositions(),
            Residual = ResidualForm.Sequential,
            Norm = new LayerNorm(json.Number("layer_norm_epsilon", absent: 1e-5)),
            Activation = ActivationNames.Read(json, "activation_function", "gelu_new"),
            AttentionScale = json.Bool("scale_attn_weights", absent: true) ? null : 1,
            AttentionScaleByLayer = json.Bool("scale_attn_by_inverse_layer_idx", absent: false),
            TiedEmbeddings = json.Bool("tie_word_embeddings", absent: true),
            BeginTokenId = json.TokenId("bos_token_id"),
            EndTokenId = json.TokenId("eos_token_id"),
        };
    }

    /// <inheritdoc/>
    public JsonObject WriteConfig(TransformerConfig config)
    {
        config.Validate();
        return new JsonObject
        {
            ["architectures"] = new JsonArray("GPT2LMHeadModel"),
            ["model_type"] = ModelType,
            ["vocab_size"] = config.VocabularySize,
            ["n_embd"] = config.HiddenSize,
            ["n_layer"] = config.Layers,
            ["n_head"] = config.Heads,
            ["n_inner"] = config.IntermediateSize,
            ["n_positions"] = config.MaxPositions,
            ["activation_function"] = ActivationNames.Of(config.Activation),
            ["layer_norm_epsilon"] = config.Norm.Epsilon,
            ["scale_attn_weights"] = config.AttentionScale is null,
            ["scale_attn_by_inverse_layer_idx"] = config.AttentionScaleByLayer,
            ["tie_word_embeddings"] = config.TiedEmbeddings,
            ["bos_token_id"] = config.BeginTokenId,
            ["eos_token_id"] = config.EndTokenId,
        };
    }

    /// <inheritdoc/>
    public IReadOnlyList<HuggingFaceParameter> Parameters(TransformerConfig config)
    {
        var list = new HuggingFaceParameters(config);
        list.Add("transformer.wte.weight", Embedding);
        list.Add("transformer.wpe.weight", PositionEmbedding);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string at = $"transformer.h.{layer}.";
            list.Pair(at + "ln_1", InputNormWeight(layer), InputNormBias(layer));
            list.TransposedConcatenatedQkv(at + "attn.c_attn", layer);
            list.TransposedPair(at + "attn.c_proj", AttentionOutputWeight(layer), AttentionOutputBias(layer));
            list.Pair(at + "ln_2", MlpNormWeight(layer), MlpNormBias(layer));
            list.TransposedPair(at + "mlp.c_fc", MlpUpWeight(layer), MlpUpBias(layer));
            list.TransposedPair(at + "mlp.c_proj", MlpDownWeight(layer), MlpDownBias(layer));
        }
        list.Pair("transformer.ln_f", FinalNormWeight, FinalNormBias);
        list.Add("lm_head.weight", Unembedding);
        return list.All;
    }

    /// <inheritdoc/>
    public bool Ignores(string name, TransformerConfig config) =>
        name.EndsWith(".attn.bias", StringComparison.Ordinal)
        || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal)
        || (config.TiedEmbeddings && name == "lm_head.weight");
}
