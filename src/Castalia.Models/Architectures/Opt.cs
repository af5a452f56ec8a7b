using System.Text.Json.Nodes;
using static Castalia.Models.ParameterNames;

namespace Castalia.Models.Architectures;

/// <summary>
/// OPT (Zhang et al. 2022) and Galactica. Learned positions that begin at row 2 and skip padding, sequential residual, ReLU, embeddings
/// tied. OPT-350m has its norms behind the sums, none at the end, and an embedding narrower than the model.
/// </summary>
public sealed class Opt : IArchitecture
{
    private const int PositionOffset = 2;

    /// <inheritdoc/>
    public string ModelType => "opt";

    /// <inheritdoc/>
    public string Prefix => "model.";

    /// <inheritdoc/>
    public TransformerConfig ReadConfig(ConfigJson json)
    {
        int hidden = json.Int("hidden_size", 1, ConfigBounds.Size);
        int embedding = json.Int("word_embed_proj_dim", 1, ConfigBounds.Size, absent: hidden);
        bool normFirst = json.Bool("do_layer_norm_before", absent: true), bias = json.Bool("enable_bias", absent: true);
        return new TransformerConfig
        {
            Architecture = ModelType,
            VocabularySize = json.Int("vocab_size", 1, ConfigBounds.Vocabulary),
            HiddenSize = hidden,
            EmbeddingSize = embedding == hidden ? null : embedding,
            Layers = json.Int("num_hidden_layers", 1, ConfigBounds.Layers),
            Heads = json.Int("num_attention_heads", 1, ConfigBounds.Size),
            IntermediateSize = json.Int("ffn_dim", 1, ConfigBounds.Size),
            MaxPositions = json.Int("max_position_embeddings", 1, ConfigBounds.Context, absent: 2048),
            Position = new LearnedPositions(PositionOffset, SkipsPadding: true),
            Residual = normFirst ? ResidualForm.Sequential : ResidualForm.PostNorm,
            FinalNorm = normFirst && !json.Bool("_remove_final_layer_norm", absent: false),
            Norm = new LayerNorm(1e-5, json.Bool("layer_norm_elementwise_affine", absent: true)),
            Activation = ActivationNames.Read(json, "activation_function", "relu"),
            QkvBias = bias,
            AttentionOutputBias = bias,
            MlpBias = bias,
            TiedEmbeddings = json.Bool("tie_word_embeddings", absent: true),
            BeginTokenId = json.TokenId("bos_token_id"),
            EndTokenId = json.TokenId("eos_token_id"),
        };
    }

    /// <inheritdoc/>
    public JsonObject WriteConfig(TransformerConfig config)
    {
        config.Validate();
        bool normFirst = config.Residual == ResidualForm.Sequential;
        return new JsonObject
        {
            ["architectures"] = new JsonArray("OPTForCausalLM"),
            ["model_type"] = ModelType,
            ["vocab_size"] = config.VocabularySize,
            ["hidden_size"] = config.HiddenSize,
            ["word_embed_proj_dim"] = config.EmbeddingSize ?? config.HiddenSize,
            ["num_hidden_layers"] = config.Layers,
            ["num_attention_heads"] = config.Heads,
            ["ffn_dim"] = config.IntermediateSize,
            ["max_position_embeddings"] = config.MaxPositions,
            ["activation_function"] = ActivationNames.Of(config.Activation),
            ["do_layer_norm_before"] = normFirst,
            ["_remove_final_layer_norm"] = normFirst && !config.FinalNorm,
            ["layer_norm_elementwise_affine"] = config.Norm.HasWeight,
            ["enable_bias"] = config.QkvBias,
            ["tie_word_embeddings"] = config.TiedEmbeddings,
            ["bos_token_id"] = config.BeginTokenId,
            ["eos_token_id"] = config.EndTokenId,
        };
    }

    /// <inheritdoc/>
    public IReadOnlyList<HuggingFaceParameter> Parameters(TransformerConfig config)
    {
        var list = new HuggingFaceParameters(config);
        list.Add("model.decoder.embed_tokens.weight", Embedding);
        list.Add("model.decoder.embed_positions.weight", PositionEmbedding);
        list.Add("model.decoder.project_in.weight", ProjectIn);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string at = $"model.decoder.layers.{layer}.";
            list.SplitQkv(at + "self_attn.q_proj", at + "self_attn.k_proj", at + "self_attn.v_proj", layer);
            list.Pair(at + "self_attn.out_proj", AttentionOutputWeight(layer), AttentionOutputBias(layer));
            list.Pair(at + "self_attn_layer_norm", InputNormWeight(layer), InputNormBias(layer));
            list.Pair(at + "fc1", MlpUpWeight(layer), MlpUpBias(layer));
            list.Pair(at + "fc2", MlpDownWeight(layer), MlpDownBias(layer));
            list.Pair(at + "final_layer_norm", MlpNormWeight(layer), MlpNormBias(layer));
        }
        list.Pair("model.decoder.final_layer_norm", FinalNormWeight, FinalNormBias);
        list.Add("model.decoder.project_out.weight", ProjectOut);
        list.Add("lm_head.weight", Unembedding);
        return list.All;
    }

    /// <inheritdoc/>
    public bool Ignores(string name, TransformerConfig config) =>
        name.EndsWith("decoder.version", StringComparison.Ordinal) || (config.TiedEmbeddings && name == "lm_head.weight");
}
