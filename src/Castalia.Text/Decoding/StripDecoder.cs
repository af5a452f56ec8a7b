using System.Text;
using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Decoding;

/// <summary>HF's Strip: takes a character off the start of each token, and off its end, so many times at most.</summary>
/// <param name="content">The character.</param>
/// <param name="start">How many times off the start.</param>
/// <param name="stop">How many times off the end.</param>
internal sealed class StripDecoder(Rune content, ulong start, ulong stop) : Decoder
{
    /// <summary>Reads the part.</summary>
    public static StripDecoder Read(JsonPart part) => new(part.Get("content").Character(), part.Get("start").Count(), part.Get("stop").Count());

    public override DecoderStage CreateStage(DecoderStage next) => new Stage(content.ToString(), start, stop, next);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Strip");
        json.WriteString("content", content.ToString());
        json.WriteNumber("start", start);
        json.WriteNumber("stop", stop);
        json.WriteEndObject();
    }

    private sealed class Stage(string content, ulong start, ulong stop, DecoderStage next) : DecoderStage
    {
        // How many were taken off the start, and how many the token ends with so far that were not handed on.
        private ulong _taken, _held;
        private bool _pastStart;

        public override void Push(string text, bool startsToken, bool endsToken)
        {
            int from = 0;
            while (!_pastStart && _taken < start && string.CompareOrdinal(text, from, content, 0, content.Length) == 0)
            {
                from += content.Length;
                _taken++;
            }
            _pastStart |= from < text.Length || _taken == start;

            // What the text ends with is held back, as far as it may have to go, and what is held back goes on with anything else.
            int to = text.Length;
            ulong ending = 0;
            while (ending < stop && to - content.Length >= from && string.CompareOrdinal(text, to - content.Length, content, 0, content.Length) == 0)
            {
                to -= content.Length;
                ending++;
            }
            StringBuilder certain = new();
            ulong surplus = to > from ? _held : _held + ending > stop ? _held + ending - stop : 0;
            for (ulong i = 0; i < surplus; i++)
                certain.Append(content);
            certain.Append(text, from, to - from);
            _held = _held - surplus + ending;
            next.Push(certain.ToString(), startsToken, endsToken);
            if (endsToken)
                (_taken, _held, _pastStart) = (0, 0, false);
        }

        public override void Finish() => next.Finish();
    }
}
