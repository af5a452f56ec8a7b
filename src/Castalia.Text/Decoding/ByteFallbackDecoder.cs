using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Castalia.Text.Decoding;

/// <summary>
/// HF's ByteFallback: a run of tokens that name bytes, like <c>&lt;0xE6&gt;</c>, as the text that they are in UTF-8; as one U+FFFD a byte where the
/// run as a whole is not UTF-8. So what a run gives is known only when it has ended.
/// </summary>
internal sealed class ByteFallbackDecoder : Decoder
{
    private const int ByteTokenLength = 6;

    public override DecoderStage CreateStage(DecoderStage next) => new Stage(next);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteFallback");
        json.WriteEndObject();
    }

    /// <summary>The byte that a token names; -1 for none. As Rust reads numbers, a plus sign may stand in the first digit's place.</summary>
    private static int ByteOf(string token)
    {
        if (token.Length != ByteTokenLength || !token.StartsWith("<0x", StringComparison.Ordinal) || token[^1] != '>')
            return -1;
        ReadOnlySpan<char> digits = token.AsSpan(token[3] == '+' ? 4 : 3, token[3] == '+' ? 1 : 2);
        return byte.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value) ? value : -1;
    }

    private sealed class Stage(DecoderStage next) : DecoderStage
    {
        private readonly StringBuilder _token = new();
        private readonly List<byte> _run = [];
        private bool _passing;

        public override void Push(string text, bool startsToken, bool endsToken)
        {
            if (_passing)
            {
                next.Push(text, startsToken: false, endsToken);
                _passing = !endsToken;
                return;
            }
            _token.Append(text);
            // A token that is longer than those of bytes can go on as it comes.
            if (!endsToken && _token.Length <= ByteTokenLength)
                return;
            string token = _token.ToString();
            _token.Clear();
            if (endsToken && ByteOf(token) is int value and >= 0)
            {
                _run.Add((byte)value);
                return;
            }
            EndRun();
            next.Push(token, startsToken: true, endsToken);
            _passing = !endsToken;
        }

        public override void Finish()
        {
            EndRun();
            next.Finish();
        }

        private void EndRun()
        {
            if (_run.Count == 0)
                return;
            byte[] bytes = [.. _run];
            _run.Clear();
            if (Utf8.IsValid(bytes))
            {
                next.Push(Encoding.UTF8.GetString(bytes), startsToken: true, endsToken: true);
                return;
            }
            foreach (byte _ in bytes)
                next.Push("\ufffd", startsToken: true, endsToken: true);
        }
    }
}
