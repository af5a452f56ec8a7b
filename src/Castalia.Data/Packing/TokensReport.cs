using System.Text.Json;
using Castalia.Formats;

namespace Castalia.Data;

/// <summary>How much was packed.</summary>
/// <param name="Documents">Documents, repeats included.</param>
/// <param name="Bytes">UTF-8 bytes of their text.</param>
/// <param name="Tokens">Tokens, end-of-text tokens included.</param>
public readonly record struct TokenAmount(long Documents, long Bytes, long Tokens)
{
    /// <summary>Both together.</summary>
    public static TokenAmount operator +(TokenAmount left, TokenAmount right) =>
        new(left.Documents + right.Documents, left.Bytes + right.Bytes, left.Tokens + right.Tokens);
}

/// <summary>One packed dataset.</summary>
/// <param name="Name">Its file name without ending: <c>train</c>.</param>
/// <param name="Total">All of it.</param>
/// <param name="Components">Each component by its name, in ordinal order.</param>
public sealed record PackedReport(string Name, TokenAmount Total, IReadOnlyDictionary<string, TokenAmount> Components);

/// <summary>What was packed with which tokenizer; <c>tokens.json</c> in the folder of the packed tokens.</summary>
public sealed record TokensReport
{
    /// <summary>The file's name in a folder of packed tokens.</summary>
    public const string FileName = "tokens.json";

    private const int LongestFile = 64 << 20;

    private static readonly JsonSerializerOptions Format = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>SHA-256 of the <c>tokenizer.json</c>.</summary>
    public required string TokenizerSha256 { get; init; }

    /// <summary>The tokenizer's vocabulary, added tokens included.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The token that ends every document; null if none was appended.</summary>
    public required int? EndOfDocument { get; init; }

    /// <summary>The element type on disk: <c>uint16</c> or <c>int32</c>.</summary>
    public required string ElementType { get; init; }

    /// <summary>The packed datasets.</summary>
    public required IReadOnlyList<PackedReport> Sets { get; init; }

    /// <summary>Reads the report of a folder of packed tokens.</summary>
    /// <exception cref="InputException">There is none, or it is not one.</exception>
    public static TokensReport Load(string tokensFolder)
    {
        string path = Path.Combine(tokensFolder, FileName);
        byte[] json = InputFile.ReadAllBytes(path, LongestFile);
        try
        {
            return JsonSerializer.Deserialize<TokensReport>(json, Format) ?? throw new JsonException("The file holds null.");
        }
        catch (JsonException exception)
        {
            throw new InputException(path, exception.Path, $"expected the report of packed tokens: {exception.Message}", "Pack the tokens again.", exception);
        }
    }

    /// <summary>Writes the report into a folder of packed tokens.</summary>
    public void Save(string tokensFolder) =>
        AtomicFile.WriteAllText(Path.Combine(tokensFolder, FileName), JsonSerializer.Serialize(this, Format) + "\n");
}
