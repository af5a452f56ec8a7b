using System.Text.Json.Nodes;
using static Castalia.Models.ParameterNames;

namespace Castalia.Models.Architectures;

/// <summary>
/// Llama (Touvron et al. 2023) and what is built like it, Comma among them. Rotary on whole heads, sequential residual, RMSNorm, a gated
/// MLP, no biases, keys shared by groups of queries.
/// </summary>
public sealed class Llama : IArchitecture
{
    /// <inheritdoc/>
    public string ModelType => "llama";

    /// <inheritdoc/>
    public string Prefix => "model.";

    /// <inheritdoc/>
    public TransformerConfig ReadConfig(ConfigJson json)
    {
        int positions = json.Int("max_position_embeddings", 1, ConfigBounds.Context, absent: 2048);
        int hidden = json.Int("hidden_size", 1, ConfigBounds.Size), heads = json.Int("num_attention_heads", 1, ConfigBounds.Size);
        int keyHeads = json.Int("num_key_value_heads", 1, ConfigBounds.Size, absent: heads);
        int headSize = json.Int("head_dim", 1, ConfigBounds.Size, absent: Math.Max(1, hidden / heads));
        bool bias = json.Bool("attention_bias", absent: false);
        return new TransformerConfig
        {
            Architecture = ModelType,
            VocabularySize = json.Int("vocab_size", 1, ConfigBounds.Vocabulary),
            HiddenSize = hidden,
            Layers = json.Int("num_hidden_layers", 1, ConfigBounds.Layers),
            Heads = heads,
            KeyValueHeads = keyHeads == heads ? null : keyHeads,
            OwnHeadSize = (long)headSize * heads == hidden ? null : headSize,
            IntermediateSize = json.Int("intermediate_size", 1, ConfigBounds.Size),
            MaxPositions = positions,
            Position = RotaryJson.Read(json, fraction: 1, positions),
            Residual = ResidualForm.Sequential,
            Norm = new RmsNorm(json.Number("rms_norm_eps", absent: 1e-6)),
            Activation = ActivationNames.Read(json, "hidden_act", "silu"),
            GatedMlp = true,
            QkvBias = bias,
            AttentionOutputBias = bias,
            MlpBias = json.Bool("mlp_bias", absent: false),
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
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["model_type"] = ModelType,
            ["vocab_size"] = config.VocabularySize,
            ["hidden_size"] = config.HiddenSize,
            ["num_hidden_layers"] = config.Layers,
            ["num_attention_heads"] = config.Heads,
            ["num_key_value_heads"] = config.KeyHeads,
            ["head_dim"] = config.HeadSize,
            ["intermediate_size"] = config.IntermediateSize,
            ["max_position_embeddings"] = config.MaxPositions,
            ["hidden_act"] = ActivationNames.Of(config.Activation),
            ["rms_norm_eps"] = config.Norm.Epsilon,
            ["attention_bias"] = config.QkvBias,
            ["mlp_bias"] = config.MlpBias,
            ["tie_word_embeddings"] = config.TiedEmbeddings,
        };
        RotaryJson.Write(json, rotary, withFraction: rotary.Fraction != 1);
        json["bos_token_id"] = config.BeginTokenId;
        json["eos_token_id"] = config.EndTokenId;
        return json;
    }

    /// <inheritdoc/>
    public IReadOnlyList<HuggingFaceParameter> Parameters(TransformerConfig config)
    {
        var list = new HuggingFaceParameters(config);
        list.Add("model.embed_tokens.weight", Embedding);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string at = $"model.layers.{layer}.";
            list.Add(at + "input_layernorm.weight", InputNormWeight(layer));
            list.SplitQkv(at + "self_attn.q_proj", at + "self_attn.k_proj", at + "self_attn.v_proj", layer);
            list.Pair(at + "self_attn.o_proj", AttentionOutputWeight(layer), AttentionOutputBias(layer));
            list.Add(at + "post_attention_layernorm.weight", MlpNormWeight(layer));
            list.Pair(at + "mlp.gate_proj", MlpGateWeight(layer), MlpGateBias(layer));
            list.Pair(at + "mlp.up_proj", MlpUpWeight(layer), MlpUpBias(layer));
            list.Pair(at + "mlp.down_proj", MlpDownWeight(layer), MlpDownBias(layer));
        }
        list.Add("model.norm.weight", FinalNormWeight);
        list.Add("lm_head.weight", Unembedding);
        return list.All;
    }

    /// <inheritdoc/>
    public bool Ignores(string name, TransformerConfig config) =>
        name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal) || (config.TiedEmbeddings && name == "lm_head.weight");
}
