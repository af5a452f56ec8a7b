using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Castalia.Models;

namespace Castalia.Serving.Api;

/// <summary>How answers with log-probabilities write tokens.</summary>
/// <param name="texts">What each token stands for.</param>
internal sealed class TokenNames(TokenTexts texts)
{
    /// <summary>The bytes of text that a token stands for; none for an id without a token.</summary>
    public ReadOnlySpan<byte> Bytes(int token) => texts[token].Bytes.Span;

    /// <summary>
    /// A token as a text that tells it from others: what it stands for; where that is no whole characters, <c>bytes:\xe2\x80</c>, as OpenAI
    /// writes it; for an id without a token <c>token_id:50277</c>.
    /// </summary>
    public string Distinct(int token)
    {
        ReadOnlySpan<byte> bytes = Bytes(token);
        if (bytes.IsEmpty)
            return FormattableString.Invariant($"token_id:{token}");
        if (Utf8.IsValid(bytes))
            return Encoding.UTF8.GetString(bytes);
        var text = new StringBuilder("bytes:");
        foreach (byte value in bytes)
            text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
        return text.ToString();
    }

    /// <summary>A token as text alone: bytes that are no whole characters give U+FFFD, an id without a token nothing.</summary>
    public string Plain(int token) => Encoding.UTF8.GetString(Bytes(token));
}
