using System.Text.Json.Nodes;
using Castalia.Tensors;
using static Castalia.Models.ParameterNames;

namespace Castalia.Models.Architectures;

/// <summary>
/// GPT-J (Wang and Komatsuzaki 2021). Interleaved rotary on the first dimensions of each head, parallel residual behind one norm, no biases
/// in attention, an unembedding of its own with a bias.
/// </summary>
public sealed class GptJ : IArchitecture
{
    /// <inheritdoc/>
    public string ModelType => "gptj";

    /// <inheritdoc/>
    public string Prefix => "transformer.";

    /// <inheritdoc/>
    public TransformerConfig ReadConfig(ConfigJson json)
    {
        int hidden = json.Int(json.Spelling("n_embd", "hidden_size"), 1, ConfigBounds.Size);
        int heads = json.Int(json.Spelling("n_head", "num_attention_heads"), 1, ConfigBounds.Size);
        int headSize = Math.Max(1, hidden / heads);
        // An absent field is transformers' default of 64; null turns whole heads.
        int dimensions = json.Int("rotary_dim", 2, ConfigBounds.Size, absent: json.Keys.Contains("rotary_dim") ? headSize : 64);
        if (dimensions > headSize)
            throw json.Wrong("rotary_dim", $"at most the head size, {headSize}");
        return new TransformerConfig
        {
            Architecture = ModelType,
            VocabularySize = json.Int("vocab_size", 1, ConfigBounds.Vocabulary),
            HiddenSize = hidden,
            Layers = json.Int(json.Spelling("n_layer", "num_hidden_layers"), 1, ConfigBounds.Layers),
            Heads = heads,
            IntermediateSize = json.Int("n_inner", 1, ConfigBounds.Size, absent: 4 * hidden),
            MaxPositions = json.Int(json.Spelling("n_positions", "max_position_embeddings"), 1, ConfigBounds.Context, absent: 2048),
            Position = new RotaryPositions(Fraction: RotaryPositions.FractionOf(dimensions, headSize), Pairing: RotaryPairing.Interleaved),
            Residual = ResidualForm.ParallelSharedNorm,
            Norm = new LayerNorm(json.Number("layer_norm_epsilon", absent: 1e-5)),
            Activation = ActivationNames.Read(json, "activation_function", "gelu_new"),
            QkvBias = false,
            AttentionOutputBias = false,
            UnembeddingBias = true,
            TiedEmbeddings = json.Bool("tie_word_embeddings", absent: false),
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
            ["architectures"] = new JsonArray("GPTJForCausalLM"),
            ["model_type"] = ModelType,
            ["vocab_size"] = config.VocabularySize,
            ["n_embd"] = config.HiddenSize,
            ["n_layer"] = config.Layers,
            ["n_head"] = config.Heads,
            ["n_inner"] = config.IntermediateSize,
            ["n_positions"] = config.MaxPositions,
            ["rotary_dim"] = ((RotaryPositions)config.Position).Dimensions(config.HeadSize),
            ["activation_function"] = ActivationNames.Of(config.Activation),
            ["layer_norm_epsilon"] = config.Norm.Epsilon,
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
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string at = $"transformer.h.{layer}.";
            list.Pair(at + "ln_1", InputNormWeight(layer), InputNormBias(layer));
            list.SplitQkv(at + "attn.q_proj", at + "attn.k_proj", at + "attn.v_proj", layer);
            list.Pair(at + "attn.out_proj", AttentionOutputWeight(layer), AttentionOutputBias(layer));
            list.Pair(at + "mlp.fc_in", MlpUpWeight(layer), MlpUpBias(layer));
            list.Pair(at + "mlp.fc_out", MlpDownWeight(layer), MlpDownBias(layer));
        }
        list.Pair("transformer.ln_f", FinalNormWeight, FinalNormBias);
        list.Pair("lm_head", Unembedding, UnembeddingBias);
        return list.All;
    }

    /// <inheritdoc/>
    public bool Ignores(string name, TransformerConfig config) =>
        name.EndsWith(".attn.bias", StringComparison.Ordinal)
        || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal)
        || name.EndsWith(".attn.embed_positions", StringComparison.Ordinal)
        || (config.TiedEmbeddings && name == "lm_head.weight");
}
