namespace Castalia.Text.PreTokenization;

/// <summary>How a byte-level tokenizer cuts normalized text into words.</summary>
/// <param name="Before">Scanners of what stands before ByteLevel (Split, Digits).</param>
/// <param name="AddPrefixSpace">Whether each piece that ByteLevel sees gets a space in front unless it begins with one.</param>
/// <param name="UseRegex">Whether ByteLevel cuts by GPT-2's pattern.</param>
internal sealed record PreTokenizer(WordScanner[] Before, bool AddPrefixSpace, bool UseRegex)
{
    /// <summary>All scanners in order; together they say the words where no space is added.</summary>
    public WordScanner[] Scanners { get; } = UseRegex ? [.. Before, new Gpt2Scanner()] : Before;

    /// <summary>The scanners after the added space.</summary>
    public WordScanner[] AfterPrefix { get; } = UseRegex ? [new Gpt2Scanner()] : [];

    /// <summary>Walks the words of a text.</summary>
    public WordCursor Words(ReadOnlySpan<byte> text) => new(text, Scanners);
}
