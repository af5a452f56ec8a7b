using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Decoding;

/// <summary>HF's CTC, for models that listen: tokens that come several times in a row once, without what stands between words or for silence.</summary>
/// <param name="padToken">What stands for silence: it is taken out.</param>
/// <param name="wordDelimiterToken">What stands between words: a space, where there is clean-up.</param>
/// <param name="cleanup">Whether that and the clean-up of <see cref="WordPieceDecoder"/> is done.</param>
internal sealed class CtcDecoder(string padToken, string wordDelimiterToken, bool cleanup) : Decoder
{
    /// <summary>Reads the part.</summary>
    public static CtcDecoder Read(JsonPart part) =>
        new(part.Get("pad_token").Text(), part.Get("word_delimiter_token").Text(), part.Flag("cleanup"));

    public override DecoderStage CreateStage(DecoderStage next) => new Stage(this, next);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "CTC");
        json.WriteString("pad_token", padToken);
        json.WriteString("word_delimiter_token", wordDelimiterToken);
        json.WriteBoolean("cleanup", cleanup);
        json.WriteEndObject();
    }

    private string Decode(string token)
    {
        if (padToken.Length > 0)
            token = token.Replace(padToken, "", StringComparison.Ordinal);
        return cleanup ? Replacement.All(WordPieceDecoder.CleanUp(token), wordDelimiterToken, " ") : token;
    }

    private sealed class Stage(CtcDecoder decoder, DecoderStage next) : WholeTokenStage(next)
    {
        private string? _last;

        protected override void Push(string token)
        {
            if (token == _last)
                return;
            _last = token;
            string decoded = decoder.Decode(token);
            if (decoded.Length > 0)
                HandOn(decoded);
        }

        protected override void End() => _last = null;
    }
}
