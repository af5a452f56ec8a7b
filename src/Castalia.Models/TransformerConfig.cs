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

    /// <summary>Attention heads a block; divides <see cref="HiddenSize"/>.</summary>
    public required int Heads { get; init; }

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

    /// <summary>The MLP's nonlinearity.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>Whether the projections into and out of attention have biases.</summary>
    public bool AttentionBias { get; init; } = true;

    /// <summary>Whether the unembedding is the embedding itself.</summary>
    public bool TiedEmbeddings { get; init; }

    /// <summary>The token a document begins with, where the vocabulary has one.</summary>
    public int? BeginTokenId { get; init; } = 0;

    /// <summary>The token a document ends with; generation stops there. Null where the vocabulary has none.</summary>
    public int? EndTokenId { get; init; } = 0;

    /// <summary>Width of one attention head.</summary>
    public int HeadSize => HiddenSize / Heads;

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
        if (HiddenSize % Heads != 0)
            throw new ArgumentException($"{nameof(HiddenSize)} {HiddenSize} is not a multiple of {nameof(Heads)} {Heads}.");
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
    /// <summary>x + attention(norm1(x)) + mlp(norm2(x)): both read the same x (GPT-J, GPT-NeoX, Pythia).</summary>
    Parallel,

    /// <summary>x + attention(norm1(x)), then that plus mlp(norm2(that)): the GPT-2 order.</summary>
    Sequential,
}

/// <summary>The MLP's nonlinearity.</summary>
public enum Activation
{
    /// <summary>x Φ(x), by erf. HF: <c>gelu</c>.</summary>
    Gelu,

    /// <summary>0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))). HF: <c>gelu_new</c>, <c>gelu_fast</c>, <c>gelu_pytorch_tanh</c>.</summary>
    GeluTanh,
}

/// <summary>The kind of norm, with its numbers.</summary>
public abstract record NormKind
{
    /// <summary>Refuses numbers that make no norm.</summary>
    /// <exception cref="ArgumentException">The message says which number.</exception>
    public abstract void Validate();
}

/// <summary>(x − mean) / √(variance + ε) · weight + bias, over the hidden dimension (Ba, Kiros and Hinton 2016).</summary>
/// <param name="Epsilon">ε.</param>
public sealed record LayerNorm(double Epsilon = 1e-5) : NormKind
{
    /// <inheritdoc/>
    public override void Validate()
    {
        if (!(Epsilon > 0 && Epsilon < 1))
            throw new ArgumentException($"The norm's epsilon is {Epsilon}; expected a number between 0 and 1.");
    }
}
