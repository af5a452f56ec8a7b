using System.Text.Json.Nodes;
using static Castalia.Models.ParameterNames;

namespace Castalia.Models.Architectures;

/// <summary>
/// GPT-NeoX and Pythia. Rotary on the first part of each head, parallel or sequential residual, LayerNorm, biases, GELU, an unembedding
/// of its own. Its fused matrix of queries, keys and values goes head by head, which is the canonical order as well.
/// </summary>
public sealed class GptNeoX : IArchitecture
{
    private const int MostLayers = 4096, LargestSize = 1 << 20, LargestVocabulary = 1 << 24, LongestContext = 1 << 26;

    private static readonly Dictionary<string, Activation> Activations = new(StringComparer.Ordinal)
    {
        ["gelu"] = Activation.Gelu,
        ["gelu_python"] = Activation.Gelu,
        ["gelu_fast"] = Activation.GeluTanh,
        ["gelu_new"] = Activation.GeluTanh,
        ["gelu_pytorch_tanh"] = Activation.GeluTanh,
    };

    /// <inheritdoc/>
    public string ModelType => "gpt_neox";

    /// <inheritdoc/>
    public TransformerConfig ReadConfig(ConfigJson json)
    {
        string activation = json.Text("hidden_act", "gelu");
        var config = new TransformerConfig
        {
            Architecture = ModelType,
            VocabularySize = json.Int("vocab_size", 1, LargestVocabulary),
            HiddenSize = json.Int("hidden_size", 1, LargestSize),
            Layers = json.Int("num_hidden_layers", 1, MostLayers),
            Heads = json.Int("num_attention_heads", 1, LargestSize),
            IntermediateSize = json.Int("intermediate_size", 1, LargestSize),
            MaxPositions = json.Int("max_position_embeddings", 1, LongestContext, absent: 2048),
            Position = ReadRotary(json),
            Residual = json.Bool("use_parallel_residual", absent: true) ? ResidualForm.Parallel : ResidualForm.Sequential,
            Norm = new LayerNorm(json.Number("layer_norm_eps", absent: 1e-5)),
            Activation = Activations.TryGetValue(activation, out Activation known) ? known : throw json.Unknown("hidden_act", Activations.Keys),
            AttentionBias = json.Bool("attention_bias", absent: true),
            TiedEmbeddings = json.Bool("tie_word_embeddings", absent: false),
            BeginTokenId = json.TokenId("bos_token_id"),
            EndTokenId = json.TokenId("eos_token_id"),
        };
        try
        {
            config.Validate();
        }
        catch (ArgumentException exception)
        {
            throw json.Unfit(exception.Message, exception);
        }
        return config;
    }

    /// <summary>Version 5 of transformers gathers the rotary numbers in <c>rope_parameters</c>; version 4 spreads them over four fields.</summary>
    private static RotaryPositions ReadRotary(ConfigJson json)
    {
        ConfigJson? parameters = json.Object("rope_parameters"), scaling = json.Object("rope_scaling");
        double fraction = parameters?.Has("partial_rotary_factor") == true
            ? parameters.Number("partial_rotary_factor")
            : json.Number("rotary_pct", absent: json.Number("partial_rotary_factor", absent: 0.25));
        double rotaryBase = parameters?.Has("rope_theta") == true
            ? parameters.Number("rope_theta")
            : json.Number("rotary_emb_base", absent: json.Number("rope_theta", absent: 10000));
        return new RotaryPositions(rotaryBase, fraction, ReadScaling(parameters ?? scaling));
    }

    private static LinearRotaryScaling? ReadScaling(ConfigJson? scaling)
    {
        if (scaling is null)
            return null;
        string key = scaling.Has("rope_type") || !scaling.Has("type") ? "rope_type" : "type";
        return scaling.Text(key, "default") switch
        {
            "default" => null,
            "linear" => new LinearRotaryScaling(scaling.Number("factor")),
            _ => throw scaling.Unknown(key, ["default", "linear"]),
        };
    }

    /// <inheritdoc/>
    public JsonObject WriteConfig(TransformerConfig config)
    {
        config.Validate();
        var rotary = (RotaryPositions)config.Position;
        var parameters = new JsonObject
        {
            ["rope_type"] = "default",
            ["rope_theta"] = rotary.Base,
            ["partial_rotary_factor"] = rotary.Fraction,
        };
        if (rotary.Scaling is LinearRotaryScaling linear)
        {
            parameters["rope_type"] = "linear";
            parameters["factor"] = linear.Factor;
        }
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
            ["hidden_act"] = config.Activation == Activation.Gelu ? "gelu" : "gelu_fast",
            ["layer_norm_eps"] = ((LayerNorm)config.Norm).Epsilon,
            ["use_parallel_residual"] = config.Residual == ResidualForm.Parallel,
            ["attention_bias"] = config.AttentionBias,
            ["tie_word_embeddings"] = config.TiedEmbeddings,
            ["rope_parameters"] = parameters,
            ["rotary_pct"] = rotary.Fraction,
            ["rotary_emb_base"] = rotary.Base,
        };
        if (rotary.Scaling is LinearRotaryScaling)
            json["rope_scaling"] = new JsonObject { ["type"] = "linear", ["rope_type"] = "linear", ["factor"] = ((LinearRotaryScaling)rotary.Scaling).Factor };
        json["bos_token_id"] = config.BeginTokenId;
        json["eos_token_id"] = config.EndTokenId;
        return json;
    }

    /// <inheritdoc/>
    public IReadOnlyList<HuggingFaceParameter> Parameters(TransformerConfig config)
    {
        long vocabulary = config.VocabularySize, hidden = config.HiddenSize, intermediate = config.IntermediateSize;
        var all = new List<HuggingFaceParameter> { new("gpt_neox.embed_in.weight", [vocabulary, hidden], Embedding) };
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string at = $"gpt_neox.layers.{layer}.";
            Norm(at + "input_layernorm", InputNormWeight(layer), InputNormBias(layer));
            all.Add(new(at + "attention.query_key_value.weight", [3 * hidden, hidden], QkvWeight(layer)));
            if (config.AttentionBias)
                all.Add(new(at + "attention.query_key_value.bias", [3 * hidden], QkvBias(layer)));
            all.Add(new(at + "attention.dense.weight", [hidden, hidden], AttentionOutputWeight(layer)));
            if (config.AttentionBias)
                all.Add(new(at + "attention.dense.bias", [hidden], AttentionOutputBias(layer)));
            Norm(at + "post_attention_layernorm", MlpNormWeight(layer), MlpNormBias(layer));
            all.Add(new(at + "mlp.dense_h_to_4h.weight", [intermediate, hidden], MlpUpWeight(layer)));
            all.Add(new(at + "mlp.dense_h_to_4h.bias", [intermediate], MlpUpBias(layer)));
            all.Add(new(at + "mlp.dense_4h_to_h.weight", [hidden, intermediate], MlpDownWeight(layer)));
            all.Add(new(at + "mlp.dense_4h_to_h.bias", [hidden], MlpDownBias(layer)));
        }
        Norm("gpt_neox.final_layer_norm", FinalNormWeight, FinalNormBias);
        if (!config.TiedEmbeddings)
            all.Add(new("embed_out.weight", [vocabulary, hidden], Unembedding));
        return all;

        void Norm(string name, string weight, string bias)
        {
            all.Add(new(name + ".weight", [hidden], weight));
            all.Add(new(name + ".bias", [hidden], bias));
        }
    }

    /// <inheritdoc/>
    public bool Ignores(string name, TransformerConfig config) =>
        name.EndsWith(".attention.bias", StringComparison.Ordinal)
        || name.EndsWith(".attention.masked_bias", StringComparison.Ordinal)
        || name.EndsWith(".attention.rotary_emb.inv_freq", StringComparison.Ordinal)
        || (config.TiedEmbeddings && name == "embed_out.weight");
}
