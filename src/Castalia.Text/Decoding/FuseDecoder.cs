using System.Text.Json;

namespace Castalia.Text.Decoding;

/// <summary>HF's Fuse: all tokens as one.</summary>
internal sealed class FuseDecoder : Decoder
{
    public override DecoderStage CreateStage(DecoderStage next) => new Stage(next);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Fuse");
        json.WriteEndObject();
    }

    private sealed class Stage(DecoderStage next) : DecoderStage
    {
        private bool _begun;

        public override void Push(string text, bool startsToken, bool endsToken)
        {
            if (text.Length == 0)
                return;
            next.Push(text, startsToken: !_begun, endsToken: false);
            _begun = true;
        }

        public override void Finish()
        {
            // No tokens, too, make one.
            next.Push("", startsToken: !_begun, endsToken: true);
            _begun = false;
            next.Finish();
        }
    }
}
