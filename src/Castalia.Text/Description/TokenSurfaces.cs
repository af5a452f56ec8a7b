using System.Globalization;
using System.Text;

namespace Castalia.Text.Description;

/// <summary>The bytes of text that each token stands for inside a text.</summary>
internal static class TokenSurfaces
{
    /// <summary>All tokens in order of id.</summary>
    public static List<TokenDescription> Of(Tokenizer tokenizer)
    {
        var added = tokenizer.AddedTokens.ToDictionary(token => token.Id);
        (int Id, string Text)? anchor = null;
        List<TokenDescription> tokens = new(tokenizer.VocabularySize);
        for (int id = 0; id < tokenizer.VocabularySize; id++)
        {
            if (tokenizer.IdToToken(id) is not string token)
                continue;
            byte[] bytes;
            if (added.TryGetValue(id, out AddedToken? own))
                bytes = Encoding.UTF8.GetBytes(own.Content);
            else if (tokenizer.TokenBytes(id) is { } known)
                bytes = known;
            else if (ByteOf(token) is byte value)
                bytes = [value];
            else
                bytes = After(tokenizer, anchor ??= Anchor(tokenizer), id, token);
            tokens.Add(new TokenDescription(id, token, bytes, own is not null, own?.Special ?? false));
        }
        return tokens;
    }

    /// <summary>The byte that a token of byte fallback (<c>&lt;0x0A&gt;</c>) stands for.</summary>
    public static byte? ByteOf(string token) =>
        token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value)
            ? value : null;

    // A decoder treats the first token of a text in its own way; what a token adds to a text is seen behind another token.
    private static byte[] After(Tokenizer tokenizer, (int Id, string Text) anchor, int id, string token)
    {
        // Without a decoder there are spaces between all tokens, which says nothing of what they stand for.
        if (anchor.Text.Length > 0 && tokenizer.Pipeline.Decoder is not null)
        {
            string both = tokenizer.Decode([anchor.Id, id]);
            if (both.StartsWith(anchor.Text, StringComparison.Ordinal))
                return Encoding.UTF8.GetBytes(both[anchor.Text.Length..]);
        }
        return Encoding.UTF8.GetBytes(token);
    }

    private static (int Id, string Text) Anchor(Tokenizer tokenizer)
    {
        for (int id = 0; id < tokenizer.VocabularySize; id++)
        {
            if (tokenizer.IdToToken(id) is not { Length: > 0 and < 8 } token || tokenizer.IsSpecial(id) || ByteOf(token) is not null || !char.IsAsciiLetter(token[^1]))
                continue;
            string text = tokenizer.Decode([id]);
            if (text.Length > 0 && text.All(char.IsAsciiLetter))
                return (id, text);
        }
        return (0, "");
    }
}
