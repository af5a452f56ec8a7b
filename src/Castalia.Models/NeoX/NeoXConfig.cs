using System.Globalization;
using System.Text.Json.Nodes;
using Castalia.Models.Architectures;
using Castalia.Tensors;
using Kind = Castalia.Models.Activation;

namespace Castalia.Models;

/// <summary>A model's sizes and kinds in GPT-NeoX's own words (<c>megatron/neox_arguments</c>), with its defaults.</summary>
internal static class NeoXConfig
{
    /// <summary>Reads a configuration. Of what was trained with and would compute something else here, the first key is named.</summary>
    /// <param name="yaml">Its values.</param>
    /// <param name="vocabulary">Rows of the embedding: the configuration gives them only through a tokenizer.</param>
    /// <exception cref="InputException">A key is missing, out of bounds, or asks for what is not supported.</exception>
    public static TransformerConfig Read(NeoXYaml yaml, int vocabulary)
    {
        Only(yaml, "norm", "layernorm", "layernorm");
        Only(yaml, "pos-emb", "learned", "rotary");
        Only(yaml, "mlp-type", "regular", "regular");
        foreach (string key in (string[])["gpt-j-tied", "use-qk-layernorm"])
        {
            if (yaml.Bool(key, false))
                throw yaml.Wrong(key, "false, the only form supported");
        }
        foreach (string key in (string[])["use-bias-in-mlp", "use-bias-in-norms"])
        {
            if (!yaml.Bool(key, true))
                throw yaml.Wrong(key, "true, the only form supported");
        }
        // [[["flash"], 12]]: kinds of attention, and how many blocks; these two compute the same.
        string[] kinds = yaml.Text("attention-config", "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (kinds.Any(word => word is not ("global" or "flash" or "all") && !int.TryParse(word, out _)))
            throw yaml.Wrong("attention-config", "global or flash, the only kinds supported");
        if (yaml.Text("sliding-window-width", "") is not "")
            throw yaml.Wrong("sliding-window-width", "none, the only form supported");
        int hidden = yaml.Int("hidden-size", 1, ConfigBounds.Size), heads = yaml.Int("num-attention-heads", 1, ConfigBounds.Size);
        if (yaml.Int("num-kv-heads", 1, ConfigBounds.Size, heads) != heads)
            throw yaml.Wrong("num-kv-heads", $"as many as there are heads, {heads}");
        bool bias = yaml.Bool("use-bias-in-attn-linear", true);
        return new TransformerConfig
        {
            Architecture = "gpt_neox",
            VocabularySize = vocabulary,
            HiddenSize = hidden,
            Layers = yaml.Int("num-layers", 1, ConfigBounds.Layers),
            Heads = heads,
            IntermediateSize = yaml.Int("intermediate-size", 1, ConfigBounds.Size, (int)Math.Min(ConfigBounds.Size, 4L * hidden)),
            MaxPositions = yaml.Int("max-position-embeddings", 1, ConfigBounds.Context),
            Position = new RotaryPositions(yaml.Number("rotary-emb-base", 10000), yaml.Number("rotary-pct", 1)),
            Residual = yaml.Bool("gpt-j-residual", false) ? ResidualForm.Parallel : ResidualForm.Sequential,
            Norm = new LayerNorm(yaml.Number("layernorm-epsilon", 1e-5)),
            Activation = Activation(yaml),
            QkvBias = bias,
            AttentionOutputBias = bias,
            TiedEmbeddings = !yaml.Bool("no-weight-tying", false),
        };
    }

    /// <summary>The configuration as a file that GPT-NeoX reads: its sizes and kinds, without what only training needs.</summary>
    /// <exception cref="ArgumentException">GPT-NeoX has no such model, or it does not divide into that many ranks.</exception>
    public static JsonObject Write(TransformerConfig config, int ranks)
    {
        config.Validate();
        if (config is not
            {
                Architecture: "gpt_neox", Norm: LayerNorm { Affine: true },
                Position: RotaryPositions { Scaling: null, Pairing: RotaryPairing.Half } rotary,
            })
            throw new ArgumentException("GPT-NeoX's own checkpoints hold models of the architecture gpt_neox without RoPE scaling, and this is none.", nameof(config));
        if (config.Heads % ranks != 0 || config.IntermediateSize % ranks != 0 || config.VocabularySize % ranks != 0)
        {
            throw new ArgumentException(
                $"{config.Heads} heads, an MLP of {config.IntermediateSize} and a vocabulary of {config.VocabularySize} do not all divide into {ranks} ranks.",
                nameof(ranks));
        }
        var json = new JsonObject
        {
            ["pipe-parallel-size"] = 1,
            ["model-parallel-size"] = ranks,
            ["num-layers"] = config.Layers,
            ["hidden-size"] = config.HiddenSize,
            ["num-attention-heads"] = config.Heads,
            ["seq-length"] = config.MaxPositions,
            ["max-position-embeddings"] = config.MaxPositions,
            ["norm"] = "layernorm",
            ["layernorm-epsilon"] = Number(config.Norm.Epsilon),
            ["pos-emb"] = "rotary",
            ["rotary-pct"] = Number(rotary.Fraction),
            ["rotary-emb-base"] = rotary.Base,
            ["no-weight-tying"] = !config.TiedEmbeddings,
            ["gpt-j-residual"] = config.Residual == ResidualForm.Parallel,
            ["output-layer-parallelism"] = "column",
            ["make-vocab-size-divisible-by"] = config.VocabularySize / ranks,
            ["activation"] = config.Activation switch
            {
                Kind.Relu => "relu",
                Kind.Silu => "silu",
                Kind.Gelu or Kind.GeluTanh => "gelu",
                _ => throw new ArgumentException($"GPT-NeoX has no activation {config.Activation}.", nameof(config)),
            },
            ["bias-gelu-fusion"] = config.Activation == Kind.GeluTanh,
        };
        if (config.IntermediateSize != 4 * config.HiddenSize)
            json["intermediate-size"] = config.IntermediateSize; // older versions do not know the key
        if (!config.QkvBias)
            json["use-bias-in-attn-linear"] = false;
        return json;
    }

    // PyYAML takes 1E-05 for text: a number with an exponent needs a point.
    private static JsonNode Number(double number)
    {
        string text = number.ToString("R", CultureInfo.InvariantCulture);
        int exponent = text.IndexOf('E', StringComparison.Ordinal);
        return JsonNode.Parse(text.Contains('.') ? text : exponent < 0 ? text + ".0" : text.Insert(exponent, ".0"))!;
    }

    // With bias-gelu-fusion GPT-NeoX computes the tanh form, whatever HF's configurations of its models say.
    private static Kind Activation(NeoXYaml yaml) => yaml.Text("activation", "gelu") switch
    {
        "gelu" => yaml.Bool("bias-gelu-fusion", false) ? Kind.GeluTanh : Kind.Gelu,
        "relu" => Kind.Relu,
        "silu" or "swish" => Kind.Silu,
        _ => throw yaml.Wrong("activation", "gelu, relu, silu or swish"),
    };

    private static void Only(NeoXYaml yaml, string key, string absent, string supported)
    {
        if (yaml.Text(key, absent) != supported)
            throw yaml.Wrong(key, $"{supported}, the only kind supported");
    }
}
