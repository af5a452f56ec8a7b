using System.Text;
using System.Text.Json.Nodes;
using static Castalia.Models.ParameterNames;

namespace Castalia.Models.Architectures;

/// <summary>
/// GPT-Neo (Black et al. 2021). Learned positions, sequential residual, blocks that attend globally and locally in turn, scores that are not
/// scaled, biases everywhere but in queries, keys and values, embeddings tied.
/// </summary>
public sealed class GptNeo : IArchitecture
{
    /// <inheritdoc/>
    public string ModelType => "gpt_neo";

    /// <inheritdoc/>
    public string Prefix => "transformer.";

    /// <inheritdoc/>
    public TransformerConfig ReadConfig(ConfigJson json)
    {
        int hidden = json.Int("hidden_size", 1, ConfigBounds.Size), layers = json.Int(json.Spelling("num_layers", "num_hidden_layers"), 1, ConfigBounds.Layers);
        string kinds = AttentionKinds(json, layers);
        return new TransformerConfig
        {
            Architecture = ModelType,
            VocabularySize = json.Int("vocab_size", 1, ConfigBounds.Vocabulary),
            HiddenSize = hidden,
            Layers = layers,
            Heads = json.Int(json.Spelling("num_heads", "num_attention_heads"), 1, ConfigBounds.Size),
            IntermediateSize = json.Int("intermediate_size", 1, ConfigBounds.Size, absent: 4 * hidden),
            MaxPositions = json.Int("max_position_embeddings", 1, ConfigBounds.Context, absent: 2048),
            Position = new LearnedPositions(),
            Residual = ResidualForm.Sequential,
            Norm = new LayerNorm(json.Number("layer_norm_epsilon", absent: 1e-5)),
            Activation = ActivationNames.Read(json, "activation_function", "gelu_new"),
            QkvBias = false,
            AttentionScale = 1,
            Local = kinds.Contains('L', StringComparison.Ordinal) ? new LocalAttention(json.Int("window_size", 1, ConfigBounds.Context, absent: 256), kinds) : null,
            TiedEmbeddings = json.Bool("tie_word_embeddings", absent: true),
            BeginTokenId = json.TokenId("bos_token_id"),
            EndTokenId = json.TokenId("eos_token_id"),
        };
    }

    /// <summary>A letter a block: <c>attention_types</c> is a list of patterns with how often each is repeated.</summary>
    private static string AttentionKinds(ConfigJson json, int layers)
    {
        const string Expected = "a list of [[\"global\", \"local\", ...], how often] with a kind for every layer";
        var kinds = new StringBuilder();
        if (json.List("attention_types") is not { } patterns)
            return new string('G', layers);
        foreach (JsonNode? pattern in patterns)
        {
            if (pattern is not JsonArray { Count: 2 } pair || pair[0] is not JsonArray names || pair[1] is not JsonValue times
                || !times.TryGetValue(out int repeats) || repeats < 0 || (long)names.Count * repeats > layers - kinds.Length)
            {
                throw json.Wrong("attention_types", Expected);
            }
            for (int i = 0; i < repeats; i++)
            {
                foreach (JsonNode? name in names)
                {
                    kinds.Append(name is JsonValue value && value.TryGetValue(out string? text)
                        ? text switch { "global" => 'G', "local" => 'L', _ => throw json.Wrong("attention_types", Expected) }
                        : throw json.Wrong("attention_types", Expected));
                }
            }
        }
        return kinds.Length == layers ? kinds.ToString() : throw json.Wrong("attention_types", Expected);
    }

    /// <inheritdoc/>
    public JsonObject WriteConfig(TransformerConfig config)
    {
        config.Validate();
        string kinds = config.Local?.Layers ?? new string('G', config.Layers);
        string[] names = [.. kinds.Select(kind => kind == 'L' ? "local" : "global")];
        return new JsonObject
        {
            ["architectures"] = new JsonArray("GPTNeoForCausalLM"),
            ["model_type"] = ModelType,
            ["vocab_size"] = config.VocabularySize,
            ["hidden_size"] = config.HiddenSize,
            ["num_layers"] = config.Layers,
            ["num_heads"] = config.Heads,
            ["intermediate_size"] = config.IntermediateSize,
            ["max_position_embeddings"] = config.MaxPositions,
            ["activation_function"] = ActivationNames.Of(config.Activation),
            ["layer_norm_epsilon"] = config.Norm.Epsilon,
            ["attention_types"] = new JsonArray(new JsonArray(new JsonArray([.. names.Select(name => (JsonNode)name)]), 1)),
            ["attention_layers"] = new JsonArray([.. names.Select(name => (JsonNode)name)]),
            ["window_size"] = config.Local?.Window ?? 256,
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
            string at = $"transformer.h.{layer}.", attention = at + "attn.attention.";
            list.Pair(at + "ln_1", InputNormWeight(layer), InputNormBias(layer));
            list.SplitQkv(attention + "q_proj", attention + "k_proj", attention + "v_proj", layer);
            list.Pair(attention + "out_proj", AttentionOutputWeight(layer), AttentionOutputBias(layer));
            list.Pair(at + "ln_2", MlpNormWeight(layer), MlpNormBias(layer));
            list.Pair(at + "mlp.c_fc", MlpUpWeight(layer), MlpUpBias(layer));
            list.Pair(at + "mlp.c_proj", MlpDownWeight(layer), MlpDownBias(layer));
        }
        list.Pair("transformer.ln_f", FinalNormWeight, FinalNormBias);
        list.Add("lm_head.weight", Unembedding);
        return list.All;
    }

    /// <inheritdoc/>
    public bool Ignores(string name, TransformerConfig config) =>
        name.EndsWith(".attn.attention.bias", StringComparison.Ordinal)
        || name.EndsWith(".attn.attention.masked_bias", StringComparison.Ordinal)
        || (config.TiedEmbeddings && name == "lm_head.weight");
}
