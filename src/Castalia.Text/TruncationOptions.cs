namespace Castalia.Text;

/// <summary>How encodings are cut to a length (the key "truncation" of tokenizer.json).</summary>
public sealed record TruncationOptions
{
    /// <summary>The most tokens, those of the post-processor included.</summary>
    public int MaxLength { get; init; } = 512;

    /// <summary>How many tokens neighbouring windows share. Less than what is left of the length after special tokens.</summary>
    public int Stride { get; init; }

    /// <summary>Which text of a pair is cut.</summary>
    public TruncationStrategy Strategy { get; init; } = TruncationStrategy.LongestFirst;

    /// <summary>At which end tokens are cut off.</summary>
    public Side Direction { get; init; } = Side.Right;
}

/// <summary>Which text of a pair is cut.</summary>
public enum TruncationStrategy
{
    /// <summary>The longer one, and both to equal lengths where that is not enough.</summary>
    LongestFirst,

    /// <summary>The first.</summary>
    OnlyFirst,

    /// <summary>The second.</summary>
    OnlySecond,
}

/// <summary>An end of a list of tokens.</summary>
public enum Side
{
    /// <summary>The start.</summary>
    Left,

    /// <summary>The end.</summary>
    Right,
}

/// <summary>How encodings are filled up to a length (the key "padding" of tokenizer.json).</summary>
public sealed record PaddingOptions
{
    /// <summary>The length to fill up to; null for that of the longest encoding of the batch.</summary>
    public int? Length { get; init; }

    /// <summary>At which end padding is put.</summary>
    public Side Direction { get; init; } = Side.Right;

    /// <summary>Where set, lengths are rounded up to a multiple of it.</summary>
    public int? MultipleOf { get; init; }

    /// <summary>The id of padding.</summary>
    public int Id { get; init; }

    /// <summary>The segment of padding.</summary>
    public int TypeId { get; init; }

    /// <summary>The token of padding.</summary>
    public string Token { get; init; } = "[PAD]";
}
