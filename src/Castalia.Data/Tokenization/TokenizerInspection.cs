using System.Buffers.Text;
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
        Span<byte> start = stackalloc byte[256];
        using (FileStream file = InputFile.OpenRead(path))
            start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        string name = Path.GetFileName(path).ToLowerInvariant();
        if (name is "vocab.json" or "encoder.json" or "merges.txt" or "vocab.bpe")
            return "GPT-2's vocabulary and merges";
        if (name == "vocab.txt")
            return "BERT's list of tokens";
        if (start.StartsWith("GGUF"u8))
            return "the vocabulary in a GGUF";
        if (start.TrimStart("\uFEFF \t\r\n"u8) is [(byte)'{', ..])
            return "tokenizer.json of HF tokenizers";
        // A token in Base64 and its rank a line; SentencePiece's models are not text.
        return name.EndsWith(".tiktoken", StringComparison.Ordinal) || start.IndexOf((byte)' ') is > 0 and var space && Base64.IsValid(start[..space])
            ? "tiktoken's ranks" : "SentencePiece model";
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
