using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Decoding;

/// <summary>HF's WordPiece as decoder: a space before each token but the first, or the prefix of those that go on with a word taken off.</summary>
/// <param name="prefix">The prefix of tokens that go on with a word.</param>
/// <param name="cleanup">Whether spaces before punctuation and in contractions are taken out, token by token.</param>
internal sealed class WordPieceDecoder(string prefix, bool cleanup) : Decoder
{
    private static readonly (string Found, string Replacement)[] Cleanups =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"),
        (" 're", "'re"),
    ];

    /// <summary>Reads the part.</summary>
    public static WordPieceDecoder Read(JsonPart part) => new(part.Get("prefix").Text(), part.Flag("cleanup"));

    /// <summary>One replacement after the other, in HF's order.</summary>
    public static string CleanUp(string text)
    {
        foreach ((string found, string replacement) in Cleanups)
            text = text.Replace(found, replacement, StringComparison.Ordinal);
        return text;
    }

    public override DecoderStage CreateStage(DecoderStage next) => new Stage(prefix, cleanup, next);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "WordPiece");
        json.WriteString("prefix", prefix);
        json.WriteBoolean("cleanup", cleanup);
        json.WriteEndObject();
    }

    private sealed class Stage(string prefix, bool cleanup, DecoderStage next) : WholeTokenStage(next)
    {
        private bool _begun;

        protected override void Push(string token)
        {
            if (_begun)
                token = token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
            _begun = true;
            HandOn(cleanup ? CleanUp(token) : token);
        }

        protected override void End() => _begun = false;
    }
}
