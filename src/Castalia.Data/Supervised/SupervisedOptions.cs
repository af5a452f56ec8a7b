using Castalia.Text;
using Castalia.Text.Chat;

namespace Castalia.Data;

/// <summary>How examples become rows of tokens with labels.</summary>
public sealed record SupervisedOptions
{
    /// <summary>The tokenizer to encode with.</summary>
    public required Tokenizer Tokenizer { get; init; }

    /// <summary>Turns conversations into text; null where there is none: then conversations are refused, and instructions get Alpaca's headings.</summary>
    public ChatTemplate? Template { get; init; }

    /// <summary>The token that ends an answer, see <see cref="AppendEndOfText"/>; null for the tokenizer's own.</summary>
    public int? EndOfText { get; init; }

    /// <summary>Tokens a row is trained on; a row has one more at most.</summary>
    public required int SequenceLength { get; init; }

    /// <summary>Which answers of a conversation are learned.</summary>
    public TrainOn TrainOn { get; init; } = TrainOn.All;

    /// <summary>What becomes of an example that is longer than a row.</summary>
    public TooLong TooLong { get; init; } = TooLong.CutRight;

    /// <summary>How many examples a row holds.</summary>
    public RowPacking Packing { get; init; } = RowPacking.None;

    /// <summary>Whether the end-of-text token follows an answer that has no special token in it. A chat template mostly ends answers by one of its own.</summary>
    public bool AppendEndOfText { get; init; } = true;

    /// <summary>Threads that encode. The result does not depend on it.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}

/// <summary>Which answers of a conversation are learned.</summary>
public enum TrainOn
{
    /// <summary>Every message of the assistant.</summary>
    All,

    /// <summary>The assistant's last message; the others are part of the prompt.</summary>
    Last,
}

/// <summary>What becomes of an example that is longer than a row.</summary>
public enum TooLong
{
    /// <summary>Its end is cut off.</summary>
    CutRight,

    /// <summary>Its beginning is cut off.</summary>
    CutLeft,

    /// <summary>It is left out.</summary>
    Drop,
}

/// <summary>How many examples a row holds.</summary>
public enum RowPacking
{
    /// <summary>One. What is missing at its end is padding, which causal attention does not see.</summary>
    None,

    /// <summary>As many as fit, in their order. Attention crosses from one example to those behind it in the row.</summary>
    Greedy,
}
