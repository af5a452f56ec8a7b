using Castalia.Text;

namespace Castalia.Models;

/// <summary>What each token of a tokenizer stands for inside a text. Worked out when it is first asked for; serves any number of threads.</summary>
/// <param name="tokenizer">The tokenizer.</param>
public sealed class TokenTexts(Tokenizer tokenizer)
{
    private readonly Lazy<TokenDescription?[]> _tokens = new(() =>
    {
        var tokens = new TokenDescription?[tokenizer.VocabularySize];
        foreach (TokenDescription token in tokenizer.DescribeTokens())
            tokens[token.Id] = token;
        return tokens;
    });

    /// <summary>A token's text and bytes; empty for an id without a token, of which some models have more than their tokenizers.</summary>
    public (string Text, ReadOnlyMemory<byte> Bytes) this[int id] =>
        (uint)id < (uint)_tokens.Value.Length && _tokens.Value[id] is { } token ? (token.Text, token.Bytes) : ("", ReadOnlyMemory<byte>.Empty);
}
