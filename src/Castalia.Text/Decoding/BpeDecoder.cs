using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Decoding;

/// <summary>HF's BPEDecoder: the suffix that ends words as a space; as nothing in the last token.</summary>
internal sealed class BpeDecoder(string suffix) : Decoder
{
    /// <summary>Reads the part.</summary>
    public static BpeDecoder Read(JsonPart part) => new(part.Get("suffix").Text());

    public override DecoderStage CreateStage(DecoderStage next) => new Stage(suffix, next);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "BPEDecoder");
        json.WriteString("suffix", suffix);
        json.WriteEndObject();
    }

    /// <summary>Of each token what comes before the first suffix is handed on at once; the rest when the next token says that this was not the last.</summary>
    private sealed class Stage(string suffix, DecoderStage next) : WholeTokenStage(next)
    {
        private string? _rest;

        protected override void Push(string token)
        {
            HandOnRest(" ");
            int found = token.IndexOf(suffix, StringComparison.Ordinal);
            if (found < 0)
            {
                HandOn(token);
                return;
            }
            Next.Push(token[..found], startsToken: true, endsToken: false);
            _rest = token[found..];
        }

        protected override void End() => HandOnRest("");

        private void HandOnRest(string space)
        {
            if (_rest is null)
                return;
            Next.Push(Replacement.All(_rest, suffix, space), startsToken: false, endsToken: true);
            _rest = null;
        }
    }
}
