using System.Text;
using Castalia.Formats;
using Castalia.Text;

namespace Castalia.Data;

/// <summary>What a tokenizer's file is, what is in it, and what it makes of a text.</summary>
public sealed record TokenizerInspection
{
    /// <summary>The file, or the folder that it lies in.</summary>
    public required string File { get; init; }

    /// <summary>What kind of file it is.</summary>
    public required string Kind { get; init; }

    /// <summary>Its size; null for a folder.</summary>
    public required long? Bytes { get; init; }

    /// <summary>SHA-256 of its content; null for a folder.</summary>
    public required string? Sha256 { get; init; }

    /// <summary>The token that ends a document; null where there is none.</summary>
    public required int? EndOfText { get; init; }

    /// <summary>The tokenizer's parts and vocabulary.</summary>
    public required TokenizerDescription Tokenizer { get; init; }

    /// <summary>The tokens that the model's vocabulary has and no text is encoded to, the first few; null where this cannot be said.</summary>
    public required IReadOnlyList<TokenDescription>? Unreachable { get; init; }

    /// <summary>The text that was asked about; null for none.</summary>
    public required string? Text { get; init; }

    /// <summary>The tokens of the text; null for none.</summary>
    public required IReadOnlyList<InspectedToken>? Tokens { get; init; }

    /// <summary>Looks into a tokenizer's file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="longest">How many of the longest tokens, and of those that no text is encoded to, to name.</param>
    /// <param name="text">A text to encode; null for none.</param>
    /// <exception cref="InputException">The file is missing, damaged or not supported.</exception>
    public static TokenizerInspection Of(string path, int longest = 10, string? text = null)
    {
        Tokenizer tokenizer = Castalia.Text.Tokenizer.Load(path);
        TokenizerDescription description = tokenizer.Describe(longest);
        bool isFile = System.IO.File.Exists(path);
        IReadOnlyList<TokenDescription>? unreachable = null;
        if (description.Vocabulary.Unreachable is { } ids)
        {
            HashSet<int> first = [.. ids.Take(longest)];
            unreachable = first.Count == 0 ? [] : [.. tokenizer.DescribeTokens().Where(token => first.Contains(token.Id))];
        }
        return new TokenizerInspection
        {
            File = path,
            Kind = isFile ? KindOf(path) : "a folder",
            Bytes = isFile ? new FileInfo(path).Length : null,
            Sha256 = isFile ? ContentHash.OfFile(path) : null,
            EndOfText = tokenizer.EndOfTextId,
            Tokenizer = description,
            Unreachable = unreachable,
            Text = text,
            Tokens = text is null ? null : Inspect(tokenizer, text),
        };
    }

    private static List<InspectedToken> Inspect(Tokenizer tokenizer, string text)
    {
        TokenEncoding points = tokenizer.EncodeFull(text), units = tokenizer.EncodeFull(text, unit: OffsetUnit.Utf16);
        List<InspectedToken> tokens = [];
        for (int i = 0; i < points.Count; i++)
        {
            TextRange range = units.Offsets[i];
            tokens.Add(new InspectedToken(
                points.Ids[i], points.Tokens[i], points.Offsets[i], text[range.Start..range.End], points.WordIds[i], points.SpecialTokensMask[i]));
        }
        return tokens;
    }

    private static string KindOf(string path)
    {
        Span<byte> start = stackalloc byte[64];
        using (FileStream file = InputFile.OpenRead(path))
            start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        if (start.StartsWith("GGUF"u8))
            return "GGUF";
        if (Encoding.UTF8.GetString(start).AsSpan().TrimStart("\uFEFF \t\r\n").StartsWith("{"))
            return Path.GetFileName(path) is "vocab.json" or "encoder.json" ? "a vocabulary with merges" : "tokenizer.json of HF tokenizers";
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".tiktoken" => "tiktoken's ranks",
            ".model" => "SentencePiece model",
            ".txt" => "a list of tokens",
            _ => "another file of a vocabulary",
        };
    }
}

/// <summary>A token of a text that was asked about.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Token">The token as the tokenizer's file writes it.</param>
/// <param name="Offsets">The code points of the text that it stands for.</param>
/// <param name="Text">Those.</param>
/// <param name="WordId">Which piece of the text it belongs to; null for tokens that were put in.</param>
/// <param name="IsPutIn">Whether the post-processor put it in.</param>
public sealed record InspectedToken(int Id, string Token, TextRange Offsets, string Text, int? WordId, bool IsPutIn);
