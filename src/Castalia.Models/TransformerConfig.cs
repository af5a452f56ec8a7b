namespace Castalia.Models;

/// <summary>
/// Everything that tells one decoder-only transformer from another: sizes, and the axes along which the architectures differ.
/// Holds numbers only: making one never loads libtorch. An axis that carries numbers of its own (position, norm) is a record with one
/// subclass a kind; a plain choice is an enum. What no code computes has no value here.
/// </summary>
public sealed record TransformerConfig
{
    /// <summary>HF's <c>model_type</c>: the architecture whose <c>config.json</c> and parameter names the model is written with.</summary>
    public string Architecture { get; init; } = "gpt_neox";

    /// <summary>Rows of the embedding, padding rows included.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Number of blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>Attention heads a block; divides <see cref="HiddenSize"/> unless <see cref="OwnHeadSize"/> is given.</summary>
    public required int Heads { get; init; }

    /// <summary>Heads of keys and values, each shared by a group of query heads (Ainslie et al. 2023); null for as many as <see cref="Heads"/>.</summary>
    public int? KeyValueHeads { get; init; }

    /// <summary>Width of a head where it is not hidden size over heads; null where it is.</summary>
    public int? OwnHeadSize { get; init; }

    /// <summary>Width inside the MLP; the GPT family's is four times <see cref="HiddenSize"/>.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>The longest sequence the model is trained for, in tokens. Rotary models compute longer ones, without having learned them.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>How the model knows where a token stands.</summary>
    public PositionEncoding Position { get; init; } = new RotaryPositions();

    /// <summary>How attention and MLP are added to the residual stream.</summary>
    public ResidualForm Residual { get; init; } = ResidualForm.Parallel;

    /// <summary>The norm before attention, before the MLP and before the unembedding.</summary>
    public NormKind Norm { get; init; } = new LayerNorm();

    /// <summary>Whether a norm stands before the unembedding.</summary>
    public bool FinalNorm { get; init; } = true;

    /// <summary>Whether a norm stands behind the embedding (BLOOM).</summary>
    public bool EmbeddingNorm { get; init; }

    /// <summary>Width of embedding and unembedding where it is not the hidden size: a projection leads in and another out (OPT-350m). Null where it is.</summary>
    public int? EmbeddingSize { get; init; }

    /// <summary>The MLP's nonlinearity.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>Whether the MLP is activation(gate(x)) · up(x) (Shazeer 2020) instead of activation(up(x)).</summary>
    public bool GatedMlp { get; init; }

    /// <summary>Whether queries, keys and values have biases.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>Whether the projection out of attention has a bias.</summary>
    public bool AttentionOutputBias { get; init; } = true;

    /// <summary>Whether the MLP's projections have biases.</summary>
    public bool MlpBias { get; init; } = true;

    /// <summary>Whether the unembedding has a bias (GPT-J).</summary>
    public bool UnembeddingBias { get; init; }

    /// <summary>What queries times keys are multiplied by; null for 1/√(head size). GPT-Neo has 1.</summary>
    public double? AttentionScale { get; init; }

    /// <summary>Whether that is divided by the block's number, from 1, as well (Mistral's GPT-2).</summary>
    public bool AttentionScaleByLayer { get; init; }

    /// <summary>Blocks that attend to the nearest tokens only; null for none.</summary>
    public LocalAttention? Local { get; init; }

    /// <summary>Whether the unembedding is the embedding itself.</summary>
    public bool TiedEmbeddings { get; init; }

    /// <summary>The token a document begins with, where the vocabulary has one.</summary>
    public int? BeginTokenId { get; init; } = 0;

    /// <summary>The token a document ends with; generation stops there. Null where the vocabulary has none.</summary>
    public int? EndTokenId { get; init; } = 0;

    /// <summary>Width of one attention head.</summary>
    public int HeadSize => OwnHeadSize ?? HiddenSize / Heads;

    /// <summary>Heads of keys and values.</summary>
    public int KeyHeads => KeyValueHeads ?? Heads;

    /// <summary>Query heads that share a head of keys and values.</summary>
    public int QueryGroup => Heads / KeyHeads;

    /// <summary>Width of all query heads: what attention hands to its output projection.</summary>
    public int AttentionSize => Heads * HeadSize;

    /// <summary>Width of queries, keys and values together.</summary>
    public int QkvSize => (Heads + 2 * KeyHeads) * HeadSize;

    /// <summary>What a block multiplies queries times keys by.</summary>
    public double ScaleOf(int layer) => (AttentionScale ?? 1 / Math.Sqrt(HeadSize)) / (AttentionScaleByLayer ? layer + 1 : 1);

    /// <summary>Refuses sizes that make no model.</summary>
    /// <exception cref="ArgumentException">A size is not positive or the sizes do not fit together; the message says which.</exception>
    public void Validate()
    {
        Positive(VocabularySize, nameof(VocabularySize));
        Positive(HiddenSize, nameof(HiddenSize));
        Positive(Layers, nameof(Layers));
        Positive(Heads, nameof(Heads));
        Positive(IntermediateSize, nameof(IntermediateSize));
        Positive(MaxPositions, nameof(MaxPositions));
        if (OwnHeadSize is int own)
            Positive(own, nameof(OwnHeadSize));
        else if (HiddenSize % Heads != 0)
            throw new ArgumentException($"{nameof(HiddenSize)} {HiddenSize} is not a multiple of {nameof(Heads)} {Heads}.");
        Positive(KeyHeads, nameof(KeyValueHeads));
        if (Heads % KeyHeads != 0)
            throw new ArgumentException($"{nameof(Heads)} {Heads} is not a multiple of {nameof(KeyValueHeads)} {KeyHeads}.");
        if (EmbeddingSize is int width)
            Positive(width, nameof(EmbeddingSize));
        if (!(AttentionScale is null or (> 0 and < double.PositiveInfinity)))
            throw new ArgumentException($"{nameof(AttentionScale)} is {AttentionScale}; expected a number above 0.");
        Local?.Validate(Layers);
        Norm.Validate();
        Position.Validate(HeadSize);
    }

    private static void Positive(int value, string name)
    {
        if (value <= 0)
            throw new ArgumentException($"{name} is {value}; expected a positive number.");
    }
}

/// <summary>How a block's two parts are added to the residual stream x.</summary>
public enum ResidualForm
{
    /// <summary>x + attention(norm1(x)) + mlp(norm2(x)): both read the same x (GPT-NeoX, Pythia).</summary>
    Parallel,

    /// <summary>x + attention(norm1(x)) + mlp(norm1(x)): one norm for both (GPT-J).</summary>
    ParallelSharedNorm,

    /// <summary>x + attention(norm1(x)), then that plus mlp(norm2(that)): the GPT-2 order.</summary>
    Sequential,

    /// <summary>As <see cref="Sequential"/>, but what is added to is the norm's output instead of x (BLOOM's <c>apply_residual_connection_post_layernorm</c>).</summary>
    SequentialFromNorm,

    /// <summary>norm1(x + attention(x)), then norm2(that + mlp(that)): the norms behind the sums (Vaswani et al. 2017; OPT-350m).</summary>
    PostNorm,
}

/// <summary>The MLP's nonlinearity.</summary>
public enum Activation
{
    /// <summary>x Φ(x), by erf. HF: <c>gelu</c>.</summary>
    Gelu,

    /// <summary>0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))). HF: <c>gelu_new</c>, <c>gelu_fast</c>, <c>gelu_pytorch_tanh</c>.</summary>
    GeluTanh,

    /// <summary>x σ(1.702 x). HF: <c>quick_gelu</c>.</summary>
    QuickGelu,

    /// <summary>max(x, 0). HF: <c>relu</c>.</summary>
    Relu,

    /// <summary>x σ(x). HF: <c>silu</c>, <c>swish</c>.</summary>
    Silu,
}

/// <summary>Blocks that attend to the nearest tokens only (GPT-Neo).</summary>
/// <param name="Window">How many tokens such a block sees, the query's own among them.</param>
/// <param name="Layers">A letter a block: L for local, G for global.</param>
public sealed record LocalAttention(int Window, string Layers)
{
    /// <summary>The window of a block; null where it sees everything.</summary>
    public int? WindowOf(int layer) => Layers[layer] == 'L' ? Window : null;

    /// <summary>Refuses what fits no model.</summary>
    /// <exception cref="ArgumentException">The message says what.</exception>
    public void Validate(int layers)
    {
        if (Window <= 0)
            throw new ArgumentException($"The local window is {Window}; expected a positive number.");
        if (Layers.Length != layers || Layers.AsSpan().ContainsAnyExcept('L', 'G'))
            throw new ArgumentException($"The kinds of attention are '{Layers}'; expected a letter L or G for each of {layers} blocks.");
    }
}

/// <summary>The kind of norm, with its numbers.</summary>
public abstract record NormKind
{
    /// <summary>ε.</summary>
    public abstract double Epsilon { get; init; }

    /// <summary>Whether the norm multiplies by a gain of its own.</summary>
    public virtual bool HasWeight => true;

    /// <summary>Whether the norm adds a bias of its own.</summary>
    public virtual bool HasBias => false;

    /// <summary>Refuses numbers that make no norm.</summary>
    /// <exception cref="ArgumentException">The message says which number.</exception>
    public void Validate()
    {
        if (!(Epsilon > 0 && Epsilon < 1))
            throw new ArgumentException($"The norm's epsilon is {Epsilon}; expected a number between 0 and 1.");
    }
}

/// <summary>(x − mean) / √(variance + ε) · weight + bias, over the hidden dimension (Ba, Kiros and Hinton 2016).</summary>
/// <param name="Epsilon">ε.</param>
/// <param name="Affine">Whether there are a weight and a bias.</param>
public sealed record LayerNorm(double Epsilon = 1e-5, bool Affine = true) : NormKind
{
    /// <inheritdoc/>
    public override double Epsilon { get; init; } = Epsilon;

    /// <inheritdoc/>
    public override bool HasWeight => Affine;

    /// <inheritdoc/>
    public override bool HasBias => Affine;
}

/// <summary>x / √(mean(x²) + ε) · weight, over the hidden dimension (Zhang and Sennrich 2019); the quotient in fp32.</summary>
/// <param name="Epsilon">ε.</param>
public sealed record RmsNorm(double Epsilon = 1e-6) : NormKind
{
    /// <inheritdoc/>
    public override double Epsilon { get; init; } = Epsilon;
}
