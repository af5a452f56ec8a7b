using System.Text.Json;

namespace Castalia.Text;

/// <summary>What a tokenizer is made of, and what its vocabulary is like; see <see cref="Tokenizer.Describe"/>.</summary>
public sealed record TokenizerDescription
{
    /// <summary>
    /// The kind of model: <c>BPE</c>, <c>WordPiece</c>, <c>WordLevel</c>, <c>Unigram</c>; another name for what tokenizer.json cannot say, as
    /// <c>SentencePieceUnigram</c>.
    /// </summary>
    public required string Model { get; init; }

    /// <summary>The model as <c>tokenizer.json</c> has it, without vocabulary and merges.</summary>
    public required JsonElement ModelSettings { get; init; }

    /// <summary>How many merges the model has; null where it has none by its kind.</summary>
    public required int? Merges { get; init; }

    /// <summary>The normalizer as <c>tokenizer.json</c> has it; null for none.</summary>
    public required JsonElement? Normalizer { get; init; }

    /// <summary>The pre-tokenizer as <c>tokenizer.json</c> has it; null for none.</summary>
    public required JsonElement? PreTokenizer { get; init; }

    /// <summary>The post-processor as <c>tokenizer.json</c> has it; null for none.</summary>
    public required JsonElement? PostProcessor { get; init; }

    /// <summary>The decoder as <c>tokenizer.json</c> has it; null for none.</summary>
    public required JsonElement? Decoder { get; init; }

    /// <summary>How encodings are cut; null for not at all.</summary>
    public required TruncationOptions? Truncation { get; init; }

    /// <summary>How encodings are filled up; null for not at all.</summary>
    public required PaddingOptions? Padding { get; init; }

    /// <summary>The added tokens in order of id.</summary>
    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>How many ids there are: one more than the greatest.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>What the vocabulary is like.</summary>
    public required VocabularyDescription Vocabulary { get; init; }
}

/// <summary>What a vocabulary is like.</summary>
public sealed record VocabularyDescription
{
    /// <summary>How many tokens the model has.</summary>
    public required int ModelTokens { get; init; }

    /// <summary>How many tokens there are, added ones included.</summary>
    public required int Tokens { get; init; }

    /// <summary>How many ids below the greatest have no token.</summary>
    public required int Holes { get; init; }

    /// <summary>The bytes that have no token of their own. Where there are none, every text can be encoded byte by byte if need be.</summary>
    public required IReadOnlyList<int> MissingBytes { get; init; }

    /// <summary>Ids of tokens that are not whole characters.</summary>
    public required IReadOnlyList<int> NotUtf8 { get; init; }

    /// <summary>
    /// Ids of the model's tokens that no text is encoded to: no merges lead to them, other tokens win, or normalizer and pre-tokenizer never
    /// let their text through in one piece. Null where this cannot be said of this kind of model.
    /// </summary>
    public required IReadOnlyList<int>? Unreachable { get; init; }

    /// <summary>How many tokens are mainly written in each script, the most first; tokens without letters are left out.</summary>
    public required IReadOnlyList<ScriptCount> Scripts { get; init; }

    /// <summary>The tokens that stand for the most bytes of text, special ones left out, the longest first.</summary>
    public required IReadOnlyList<TokenDescription> Longest { get; init; }
}

/// <summary>Tokens of one script.</summary>
/// <param name="Script">The script's name in Unicode: <c>Latin</c>.</param>
/// <param name="Tokens">How many tokens are mainly written in it.</param>
public sealed record ScriptCount(string Script, int Tokens);
