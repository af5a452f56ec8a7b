using System.Globalization;
using System.Text;
using Castalia.Text;

namespace Castalia.Serving.Decoding;

/// <summary>What each token stands for, as answers with log-probabilities write it. For any number of threads.</summary>
internal sealed class TokenTexts
{
    private readonly Lazy<ReadOnlyMemory<byte>?[]> _bytes;

    /// <param name="tokenizer">The model's tokenizer. Its tokens are looked at when the first is asked for.</param>
    public TokenTexts(Tokenizer tokenizer) => _bytes = new(() =>
    {
        var bytes = new ReadOnlyMemory<byte>?[tokenizer.VocabularySize];
        foreach (TokenDescription token in tokenizer.DescribeTokens())
            bytes[token.Id] = token.Bytes;
        return bytes;
    });

    /// <summary>The bytes of text that a token stands for; null for an id without a token.</summary>
    public ReadOnlyMemory<byte>? Bytes(int token) => token < _bytes.Value.Length ? _bytes.Value[token] : null;

    /// <summary>
    /// A token as a text that tells it from others: what it stands for; where that is no whole characters, <c>bytes:\xe2\x80</c>, as OpenAI
    /// writes it; for an id without a token <c>token_id:50277</c>.
    /// </summary>
    public string Name(int token)
    {
        if (Bytes(token) is not { } bytes)
            return FormattableString.Invariant($"token_id:{token}");
        if (System.Text.Unicode.Utf8.IsValid(bytes.Span))
            return Encoding.UTF8.GetString(bytes.Span);
        var text = new StringBuilder("bytes:");
        foreach (byte value in bytes.Span)
            text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
        return text.ToString();
    }

    /// <summary>A token as text alone: bytes that are no whole characters give U+FFFD, an id without a token nothing.</summary>
    public string Shown(int token) => Bytes(token) is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : "";
}

/// <summary>Lengths of text as Python counts them.</summary>
internal static class CodePoints
{
    /// <summary>How many code points a text has.</summary>
    public static int Count(ReadOnlySpan<char> text)
    {
        int count = text.Length;
        foreach (char c in text)
        {
            if (char.IsLowSurrogate(c))
                count--;
        }
        return count;
    }
}
