using System.ComponentModel.DataAnnotations;
using Castalia.Text;

namespace Castalia.Data;

/// <summary>What becomes of special tokens that are written in a text.</summary>
public enum SpecialTokensInText
{
    /// <summary>They count as such: what HF does when nothing is said.</summary>
    Allow,

    /// <summary>They are encoded like any text.</summary>
    Text,

    /// <summary>A text that holds one is an error: for text from strangers.</summary>
    Refuse,
}

/// <summary>How the texts of files are encoded.</summary>
public sealed record EncodeFileOptions
{
    /// <summary>The key of each line that holds the text; a.b is the key b of the object under a.</summary>
    public string Field { get; init; } = "text";

    /// <summary>The key that holds the second text of a pair; nothing for single texts.</summary>
    public string? PairField { get; init; }

    /// <summary>What the lines of the input are; auto goes by the name: .txt is text, one document a line.</summary>
    public TextFormat Format { get; init; } = TextFormat.Auto;

    /// <summary>Whether a line tells all of a document's tokens (ids, tokens, offsets, word_ids, special_tokens_mask) and not the ids alone.</summary>
    public bool Offsets { get; init; }

    /// <summary>What offsets count.</summary>
    public OffsetUnit Unit { get; init; } = OffsetUnit.CodePoints;

    /// <summary>What becomes of special tokens that are written in a text.</summary>
    public SpecialTokensInText SpecialTokens { get; init; } = SpecialTokensInText.Allow;

    /// <summary>Whether the tokenizer's post-processor adds its special tokens.</summary>
    public bool AddSpecialTokens { get; init; } = true;

    /// <summary>The most tokens a document keeps, added ones included; nothing for what the tokenizer's file says.</summary>
    [Range(0, int.MaxValue)]
    public int? MaxLength { get; init; }

    /// <summary>How many tokens neighbouring windows of a document that was cut share; the windows are written with the offsets, under "overflowing".</summary>
    [Range(0, int.MaxValue)]
    public int Stride { get; init; }

    /// <summary>Threads that encode; 0 for as many as there are cores. The result does not depend on it.</summary>
    [Range(0, 1024)]
    public int Threads { get; init; }

    /// <summary>The library's own flags.</summary>
    internal EncodeOptions Flags =>
        SpecialTokens switch
        {
            SpecialTokensInText.Text => EncodeOptions.SpecialTokensAsText,
            SpecialTokensInText.Refuse => EncodeOptions.RefuseSpecialTokens,
            _ => EncodeOptions.None,
        }
        | (AddSpecialTokens ? EncodeOptions.None : EncodeOptions.WithoutPostProcessor);

    /// <summary>The tokenizer with the truncation that is asked for.</summary>
    internal Tokenizer Apply(Tokenizer tokenizer)
    {
        if (Stride > 0 && MaxLength is null)
            throw new InputException("stride", null, "a stride needs a length to cut to.", "Give --max-length as well.");
        if (Stride > 0 && !Offsets)
            throw new InputException("stride", null, "the windows of a document are only written with its offsets.", "Give --offsets as well, or no stride.");
        if (MaxLength <= Stride)
            throw new InputException("stride", null, $"{Stride} is not less than the length {MaxLength}.", "Give a smaller stride or a greater length.");
        return MaxLength is int length
            ? tokenizer.WithTruncation((tokenizer.Truncation ?? new TruncationOptions()) with { MaxLength = length, Stride = Stride })
            : tokenizer;
    }
}

/// <summary>How ids in files are decoded.</summary>
public sealed record DecodeFileOptions
{
    /// <summary>Whether special tokens are left out.</summary>
    public bool SkipSpecialTokens { get; init; }

    /// <summary>Whether texts are written as they are, one after the other with a line end behind each, and not as JSON.</summary>
    public bool Raw { get; init; }

    /// <summary>Threads that decode; 0 for as many as there are cores. The result does not depend on it.</summary>
    [Range(0, 1024)]
    public int Threads { get; init; }
}

/// <summary>Where files lead that have no name.</summary>
/// <param name="Input">What the input <c>-</c> stands for.</param>
/// <param name="Output">Where results go where no file is named.</param>
public sealed record StandardStreams(Stream Input, Stream Output);

/// <summary>What was encoded or decoded.</summary>
/// <param name="Documents">Lines read and written.</param>
/// <param name="Bytes">Bytes of text in UTF-8.</param>
/// <param name="Tokens">Ids; those of windows that were cut off are not counted.</param>
public readonly record struct TokenizationAmount(long Documents, long Bytes, long Tokens)
{
    /// <summary>Both together.</summary>
    public static TokenizationAmount operator +(TokenizationAmount left, TokenizationAmount right) =>
        new(left.Documents + right.Documents, left.Bytes + right.Bytes, left.Tokens + right.Tokens);
}
