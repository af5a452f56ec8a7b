using System.Text;
using System.Text.Json;
using Castalia.Text.Regexes;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Decoding;

/// <summary>HF's Replace as decoder: puts something, the same each time, in the place of all that a string or an expression matches in each token.</summary>
internal sealed class ReplaceDecoder(SearchPattern pattern, string content) : Decoder
{
    /// <summary>Reads the part.</summary>
    public static ReplaceDecoder Read(JsonPart part) => new(SearchPattern.Read(part), part.Get("content").Text());

    /// <summary>A string that is not empty can be replaced in tokens that come in fragments; what else matches a token depends on the whole of it.</summary>
    public override DecoderStage CreateStage(DecoderStage next) =>
        pattern is { IsRegex: false, Text.Length: > 0 } ? new StringStage(pattern.Text, content, next) : new PatternStage(pattern, content, next);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Replace");
        pattern.Write(json);
        json.WriteString("content", content);
        json.WriteEndObject();
    }

    private sealed class PatternStage(SearchPattern pattern, string content, DecoderStage next) : WholeTokenStage(next)
    {
        protected override void Push(string token)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(token);
            StringBuilder text = new();
            int from = 0;
            using SearchPattern.Matches matches = pattern.Over(bytes);
            while (matches.Next())
            {
                text.Append(Encoding.UTF8.GetString(bytes.AsSpan(from..matches.Start))).Append(content);
                from = matches.End;
                Replacement.CheckGrowth(text.Length, token.Length);
            }
            HandOn(text.Append(Encoding.UTF8.GetString(bytes.AsSpan(from))).ToString());
        }
    }

    /// <summary>Goes through the text once (Knuth, Morris, Pratt): what it holds back is the part of the string that was found so far.</summary>
    private sealed class StringStage(string found, string content, DecoderStage next) : DecoderStage
    {
        private readonly int[] _shorter = Borders(found);
        private int _matched;

        public override void Push(string text, bool startsToken, bool endsToken)
        {
            StringBuilder certain = new();
            foreach (char unit in text)
            {
                while (_matched > 0 && found[_matched] != unit)
                {
                    int shorter = _shorter[_matched - 1];
                    certain.Append(found, 0, _matched - shorter);
                    _matched = shorter;
                }
                if (found[_matched] != unit)
                    certain.Append(unit);
                else if (++_matched == found.Length)
                {
                    certain.Append(content);
                    Replacement.CheckGrowth(certain.Length, text.Length);
                    _matched = 0;
                }
            }
            if (endsToken)
            {
                certain.Append(found, 0, _matched);
                _matched = 0;
            }
            next.Push(certain.ToString(), startsToken, endsToken);
        }

        public override void Finish() => next.Finish();

        /// <summary>For each beginning of the string: how much of its end is a shorter beginning.</summary>
        private static int[] Borders(string text)
        {
            int[] borders = new int[text.Length];
            for (int i = 1, border = 0; i < text.Length; borders[i++] = border)
            {
                while (border > 0 && text[i] != text[border])
                    border = borders[border - 1];
                if (text[i] == text[border])
                    border++;
            }
            return borders;
        }
    }
}
