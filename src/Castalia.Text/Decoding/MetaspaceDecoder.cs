using System.Text.Json;
using Castalia.Text.PreTokenization;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Decoding;

/// <summary>HF's Metaspace as decoder: spaces again where their replacement stands; nothing, in the first token, where spaces are put in front of texts.</summary>
internal sealed class MetaspaceDecoder(MetaspaceOptions options) : Decoder
{
    /// <summary>Reads the part.</summary>
    public static MetaspaceDecoder Read(JsonPart part) => new(MetaspaceOptions.Read(part));

    public override DecoderStage CreateStage(DecoderStage next) => new Stage(options, next);

    public override void Write(Utf8JsonWriter json) => options.Write(json);

    private sealed class Stage(MetaspaceOptions options, DecoderStage next) : DecoderStage
    {
        private readonly string _replacement = options.Replacement.ToString();
        private bool _afterFirst;

        public override void Push(string text, bool startsToken, bool endsToken)
        {
            string space = _afterFirst || options.Scheme == PrependScheme.Never ? " " : "";
            next.Push(text.Replace(_replacement, space, StringComparison.Ordinal), startsToken, endsToken);
            _afterFirst |= endsToken;
        }

        public override void Finish()
        {
            _afterFirst = false;
            next.Finish();
        }
    }
}
