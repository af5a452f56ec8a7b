using System.Text.Json.Nodes;
using static Castalia.Models.ParameterNames;

namespace Castalia.Models.Architectures;

/// <summary>
/// GPT-NeoX and Pythia (Black et al. 2022; Biderman et al. 2023). Rotary on the first part of each head, parallel or sequential residual,
/// LayerNorm, biases, GELU, an unembedding of its own. Its fused matrix of queries, keys and values is the canonical one.
/// </summary>
public sealed class GptNeoX : IArchitecture
{
    /// <inheritdoc/>
    public string ModelType => "gpt_neox";

    /// <inheritdoc/>
    public string Prefix => "gpt_neox.";

    /// <inheritdoc/>
    public TransformerConfig ReadConfig(ConfigJson json)
    {
        int positions = json.Int("max_position_embeddings", 1, ConfigBounds.Context, absent: 2048);
        bool bias = json.Bool("attention_bias", absent: true);
        return new TransformerConfig
        {
            Architecture = ModelType,
            VocabularySize = json.Int("vocab_size", 1, ConfigBounds.Vocabulary),
            HiddenSize = json.Int("hidden_size", 1, ConfigBounds.Size),
            Layers = json.Int("num_hidden_layers", 1, ConfigBounds.Layers),
            Heads = json.Int("num_attention_heads", 1, ConfigBounds.Size),
            IntermediateSize = json.Int("intermediate_size", 1, ConfigBounds.Size),
            MaxPositions = positions,
            Position = RotaryJson.Read(json, fraction: 0.25, positions),
            Residual = json.Bool("use_parallel_residual", absent: true) ? ResidualForm.Parallel : ResidualForm.Sequential,
            Norm = new LayerNorm(json.Number("layer_norm_eps", absent: 1e-5)),
            Activation = ActivationNames.Read(json, "hidden_act", "gelu"),
            QkvBias = bias,
            AttentionOutputBias = bias,
            TiedEmbeddings = json.Bool("tie_word_embeddings", absent: false),
            BeginTokenId = json.TokenId("bos_token_id"),
            EndTokenId = json.TokenId("eos_token_id"),
        };
    }

    /// <inheritdoc/>
    public JsonObject WriteConfig(TransformerConfig config)
    {
        config.Validate();
        var rotary = (RotaryPositions)config.Position;
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray("GPTNeoXForCausalLM"),
            ["model_type"] = ModelType,
            ["vocab_size"] = config.VocabularySize,
            ["hidden_size"] = config.HiddenSize,
            ["num_hidden_layers"] = config.Layers,
            ["num_attention_heads"] = config.Heads,
            ["intermediate_size"] = config.IntermediateSize,
            ["max_position_embeddings"] = config.MaxPositions,
            ["hidden_act"] = config.Activation == Activation.GeluTanh ? "gelu_fast" : ActivationNames.Of(config.Activation),
            ["layer_norm_eps"] = config.Norm.Epsilon,
            ["use_parallel_residual"] = config.Residual == ResidualForm.Parallel,
            ["attention_bias"] = config.QkvBias,
            ["tie_word_embeddings"] = config.TiedEmbeddings,
        };
        RotaryJson.Write(json, rotary, withFraction: true);
        json["rotary_pct"] = rotary.Fraction;
        json["rotary_emb_base"] = rotary.Base;
        json["bos_token_id"] = config.BeginTokenId;
        json["eos_token_id"] = config.EndTokenId;
        return json;
    }

    /// <inheritdoc/>
    public IReadOnlyList<HuggingFaceParameter> Parameters(TransformerConfig config)
    {
        var list = new HuggingFaceParameters(config);
        list.Add("gpt_neox.embed_in.weight", Embedding);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string at = $"gpt_neox.layers.{layer}.";
            list.Pair(at + "input_layernorm", InputNormWeight(layer), InputNormBias(layer));
            list.Pair(at + "attention.query_key_value", QkvWeight(layer), QkvBias(layer));
            list.Pair(at + "attention.dense", AttentionOutputWeight(layer), AttentionOutputBias(layer));
            list.Pair(at + "post_attention_layernorm", MlpNormWeight(layer), MlpNormBias(layer));
            list.Pair(at + "mlp.dense_h_to_4h", MlpUpWeight(layer), MlpUpBias(layer));
            list.Pair(at + "mlp.dense_4h_to_h", MlpDownWeight(layer), MlpDownBias(layer));
        }
        list.Pair("gpt_neox.final_layer_norm", FinalNormWeight, FinalNormBias);
        list.Add("embed_out.weight", Unembedding);
        return list.All;
    }

    /// <inheritdoc/>
    public bool Ignores(string name, TransformerConfig config) =>
        name.EndsWith(".attention.bias", StringComparison.Ordinal)
        || name.EndsWith(".attention.masked_bias", StringComparison.Ordinal)
        || name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal)
        || (config.TiedEmbeddings && name == "embed_out.weight");
}
