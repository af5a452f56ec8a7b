using System.Text;
using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Decoding;

/// <summary>
/// HF's ByteLevel as decoder: the bytes that tokens write in the byte-level alphabet, all together, as text; what is not UTF-8 as U+FFFD.
/// A token with any other character stands for its own UTF-8.
/// </summary>
internal sealed class ByteLevelDecoder(bool addPrefixSpace, bool trimOffsets, bool useRegex) : Decoder
{
    /// <summary>Reads the part.</summary>
    public static ByteLevelDecoder Read(JsonPart part) =>
        new(part.Flag("add_prefix_space", true), part.Flag("trim_offsets", true), part.Flag("use_regex", true));

    public override DecoderStage CreateStage(DecoderStage next) => new Stage(next);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", addPrefixSpace);
        json.WriteBoolean("trim_offsets", trimOffsets);
        json.WriteBoolean("use_regex", useRegex);
        json.WriteEndObject();
    }

    private sealed class Stage(DecoderStage next) : DecoderStage
    {
        private readonly System.Text.Decoder _utf8 = Encoding.UTF8.GetDecoder();
        private readonly StringBuilder _token = new();
        private bool _begun;

        public override void Push(string text, bool startsToken, bool endsToken)
        {
            // One odd character anywhere makes a token its own UTF-8: it has to be whole.
            _token.Append(text);
            if (!endsToken)
                return;
            HandOn(ByteAlphabet.Read(_token.ToString()), last: false);
            _token.Clear();
        }

        public override void Finish()
        {
            HandOn([], last: true);
            next.Finish();
        }

        private void HandOn(byte[] bytes, bool last)
        {
            char[] characters = new char[_utf8.GetCharCount(bytes, flush: last)];
            int count = _utf8.GetChars(bytes, characters, flush: last);
            if (count == 0 && !last)
                return;
            next.Push(new string(characters, 0, count), startsToken: !_begun, endsToken: last);
            _begun = !last;
        }
    }
}
