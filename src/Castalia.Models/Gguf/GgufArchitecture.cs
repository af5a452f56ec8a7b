using Castalia.Formats;
using Castalia.Models.Architectures;

namespace Castalia.Models.Gguf;

/// <summary>One of llama.cpp's architectures: which of our models it computes, the keys that it reads, and what it insists on.</summary>
internal abstract class GgufArchitecture
{
    /// <summary>Those that there are.</summary>
    public static IReadOnlyList<GgufArchitecture> All { get; } = [new GptNeoXGguf(), new LlamaGguf(), new BloomGguf(), new Gpt2Gguf()];

    // What llama.cpp has not, and what is known of that.
    private static readonly Dictionary<string, string> Missing = new(StringComparer.Ordinal)
    {
        ["gptj"] = "llama.cpp has a name for GPT-J and a list of its tensors, but nothing that computes it",
        ["gpt_neo"] = "llama.cpp has no GPT-Neo",
        ["opt"] = "llama.cpp has no OPT",
    };

    /// <summary>llama.cpp's name: <c>gptneox</c>. It begins the keys that are the architecture's own.</summary>
    public abstract string Name { get; }

    /// <summary>HF's <c>model_type</c>.</summary>
    public abstract string ModelType { get; }

    /// <summary>Whether queries, keys and values are three matrices whose rows go in adjacent pairs, instead of one matrix in three parts.</summary>
    public virtual bool SplitsQkv => false;

    /// <summary>Whether the unembedding has to be there even where it is the embedding.</summary>
    public virtual bool NeedsUnembedding => false;

    /// <summary>Whether attention's biases have to be there even where they are zero.</summary>
    public virtual bool NeedsAttentionBias => false;

    /// <summary>The architecture of a model.</summary>
    /// <param name="config">The model.</param>
    /// <param name="file">The file that errors name.</param>
    /// <exception cref="InputException">llama.cpp does not compute such a model; the message says why.</exception>
    public static GgufArchitecture Of(TransformerConfig config, string file)
    {
        GgufArchitecture? found = All.FirstOrDefault(architecture => architecture.ModelType == config.Architecture);
        if ((found is null ? Missing.GetValueOrDefault(config.Architecture, $"llama.cpp has no {config.Architecture}") : found.Obstacle(config)) is not { } obstacle)
            return found!;
        throw new InputException(file, found is null ? "model_type" : null, $"{obstacle}, so a GGUF file of this model could not be run.",
            "Convert it to Hugging Face's layout instead (--to hf), and run it with castalia or transformers.");
    }

    /// <summary>The architecture of a file, and the model that its keys describe.</summary>
    /// <exception cref="InputException">It is of an architecture that is not known here, or its keys make no model.</exception>
    public static (GgufArchitecture Architecture, TransformerConfig Config) Read(GgufFile file)
    {
        string name = file.Get("general.architecture").AsString();
        GgufArchitecture architecture = All.FirstOrDefault(one => one.Name == name) ?? throw new InputException(file.Path, "key general.architecture",
            $"'{name}' is not read here; expected one of {string.Join(", ", All.Select(one => one.Name))}.", "Take the model in Hugging Face's layout.");
        TransformerConfig config = architecture.ReadConfig(new GgufKeys(file, name));
        try
        {
            config.Validate();
        }
        catch (ArgumentException exception)
        {
            throw new InputException(file.Path, null, exception.Message, "Fetch or convert the model again.", exception);
        }
        return (architecture, config);
    }

    /// <summary>The keys of the architecture, in llama.cpp's usual order.</summary>
    public IEnumerable<GgufEntry> Keys(TransformerConfig config) =>
    [
        Count("context_length", config.MaxPositions),
        Count("embedding_length", config.HiddenSize),
        Count("block_count", config.Layers),
        Count("feed_forward_length", config.IntermediateSize),
        .. OwnKeys(config),
        Count("attention.head_count", config.Heads),
        Count("attention.head_count_kv", config.KeyHeads),
        Count("vocab_size", config.VocabularySize),
    ];

    /// <summary>What llama.cpp computes a little differently, in a sentence; null for nothing.</summary>
    public virtual string? Remark(TransformerConfig config) => null;

    /// <summary>Frequencies that are divided by numbers of their own, a number a pair of dimensions; null for none.</summary>
    public virtual float[]? FrequencyDivisors(TransformerConfig config) => null;

    /// <summary>The model that a file's keys describe.</summary>
    protected abstract TransformerConfig ReadConfig(GgufKeys keys);

    /// <summary>Sizes and what else all architectures have, for <see cref="ReadConfig"/> to go on from.</summary>
    protected TransformerConfig ReadSizes(GgufKeys keys)
    {
        int rows = keys.File["token_embd.weight"].Shape is [var count, _] ? (int)Math.Min(count, ConfigBounds.Vocabulary) : 1;
        return new TransformerConfig
        {
            Architecture = ModelType,
            VocabularySize = rows,
            HiddenSize = keys.Int("embedding_length", ConfigBounds.Size),
            Layers = keys.Int("block_count", ConfigBounds.Layers),
            Heads = keys.Int("attention.head_count", ConfigBounds.Size),
            IntermediateSize = keys.Int("feed_forward_length", ConfigBounds.Size),
            MaxPositions = keys.Int("context_length", ConfigBounds.Context),
            Activation = Activation.GeluTanh, // what llama.cpp computes, whatever the model was trained with
            Residual = ResidualForm.Sequential,
            TiedEmbeddings = !keys.HasTensor("output.weight"),
            BeginTokenId = keys.TokenId("bos"),
            EndTokenId = keys.TokenId("eos"),
        };
    }

    /// <summary>LayerNorm's ε.</summary>
    protected static LayerNorm ReadLayerNorm(GgufKeys keys) => new(keys.Number("attention.layer_norm_epsilon"));

    /// <summary>Rotary positions.</summary>
    protected static RotaryPositions ReadRotary(GgufKeys keys, int headSize)
    {
        int dimensions = keys.Int("rope.dimension_count", ConfigBounds.Size, absent: headSize);
        return new RotaryPositions(keys.Number("rope.freq_base", absent: 10000), RotaryPositions.FractionOf(dimensions, headSize), ReadScaling(keys));
    }

    private static RotaryScaling? ReadScaling(GgufKeys keys)
    {
        if (keys.HasTensor("rope_freqs.weight"))
        {
            throw new InputException(keys.File.Path, "tensor rope_freqs.weight", "it holds the outcome of a scaling of rotary positions, from which the scaling cannot be told.",
                "Take the model in Hugging Face's layout.");
        }
        switch (keys.Text("rope.scaling.type"))
        {
            case null or "none":
                return null;
            case "linear":
                return new LinearRotaryScaling(keys.Number("rope.scaling.factor"));
            case "yarn":
                double factor = keys.Number("rope.scaling.factor"), attention = keys.Number("rope.scaling.attn_factor", absent: 1);
                return new YarnRotaryScaling(factor, keys.Int("rope.scaling.original_context_length", ConfigBounds.Context))
                {
                    BetaFast = keys.Number("rope.scaling.yarn_beta_fast", absent: 32),
                    BetaSlow = keys.Number("rope.scaling.yarn_beta_slow", absent: 1),
                    AttentionFactor = attention == 1 ? null : attention * (1 + 0.1 * Math.Log(factor)),
                };
            case var other:
                throw keys.Wrong("rope.scaling.type", $"expected none, linear or yarn, found {other}.");
        }
    }

    /// <summary>Why llama.cpp does not compute a model of this kind; null where it does.</summary>
    protected abstract string? Obstacle(TransformerConfig config);

    /// <summary>The keys beside the sizes that all have.</summary>
    protected abstract IEnumerable<GgufEntry> OwnKeys(TransformerConfig config);

    /// <summary>A whole number under a key of the architecture's.</summary>
    protected GgufEntry Count(string key, int value) => GgufEntry.Of($"{Name}.{key}", (uint)value);

    /// <summary>A number under a key of the architecture's.</summary>
    protected GgufEntry Number(string key, double value) => GgufEntry.Of($"{Name}.{key}", (float)value);

    /// <summary>LayerNorm's ε.</summary>
    protected GgufEntry LayerNormEpsilon(TransformerConfig config) => Number("attention.layer_norm_epsilon", config.Norm.Epsilon);

    /// <summary>The keys of rotary positions.</summary>
    protected IEnumerable<GgufEntry> RotaryKeys(TransformerConfig config)
    {
        var rotary = (RotaryPositions)config.Position;
        yield return Count("rope.dimension_count", rotary.Dimensions(config.HeadSize));
        yield return Number("rope.freq_base", rotary.Base);
        if (rotary.Scaling is LinearRotaryScaling linear)
        {
            yield return GgufEntry.Of($"{Name}.rope.scaling.type", "linear");
            yield return Number("rope.scaling.factor", linear.Factor);
        }
        if (rotary.Scaling is not YarnRotaryScaling yarn)
            yield break;
        yield return GgufEntry.Of($"{Name}.rope.scaling.type", "yarn");
        yield return Number("rope.scaling.factor", yarn.Factor);
        yield return Count("rope.scaling.original_context_length", yarn.OriginalPositions);
        // llama.cpp multiplies cosines and sines by 1 + 0.1 ln(factor) itself; what a model has beyond that goes into the factor.
        double attention = yarn.Magnitude / (1 + 0.1 * Math.Log(yarn.Factor));
        if (Math.Abs(attention - 1) > 1e-9)
            yield return Number("rope.scaling.attn_factor", attention);
        yield return Number("rope.scaling.yarn_beta_fast", yarn.BetaFast);
        yield return Number("rope.scaling.yarn_beta_slow", yarn.BetaSlow);
    }

    /// <summary>Why llama.cpp does not turn by these positions; null where it does.</summary>
    protected static string? RotaryObstacle(TransformerConfig config, bool takesDivisors) => ((RotaryPositions)config.Position).Scaling switch
    {
        DynamicRotaryScaling => "llama.cpp has no dynamic scaling of rotary positions",
        YarnRotaryScaling { Truncate: false } => "llama.cpp's YaRN always has whole dimensions as its bounds (truncate)",
        Llama3RotaryScaling when !takesDivisors => "llama.cpp reads Llama 3's scaling for Llama only",
        _ => null,
    };

    /// <summary>Why llama.cpp has not this nonlinearity; null where it has.</summary>
    protected static string? ActivationObstacle(TransformerConfig config, params ReadOnlySpan<Activation> known) =>
        known.Contains(config.Activation) ? null : $"llama.cpp's {config.Architecture} has no {config.Activation}";

    /// <summary>What there is to say of GELU.</summary>
    protected static string? GeluRemark(TransformerConfig config) => config.Activation == Activation.Gelu
        ? "llama.cpp computes GELU by its tanh form, this model by erf: logits differ by about one part in a thousand."
        : null;
}
