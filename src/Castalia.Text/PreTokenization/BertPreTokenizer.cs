using System.Text.Json;
using Castalia.Text.Unicode;

namespace Castalia.Text.PreTokenization;

/// <summary>HF's BertPreTokenizer: what stands between white space, and each punctuation character on its own.</summary>
internal sealed class BertPreTokenizer : PieceCutter
{
    public override bool CutsBeforeSpaceAfterLetter => true;

    public override void Cut(ReadOnlySpan<byte> piece, PieceSink pieces)
    {
        int start = 0;
        for (int at = 0; at < piece.Length;)
        {
            int classes = CharacterClasses.Of[CodePoint.At(piece, at, out int length)];
            if ((classes & (CharacterClasses.Space | CharacterClasses.Punctuation)) != 0)
            {
                pieces.Add(start, at);
                start = at + length;
                if ((classes & CharacterClasses.Punctuation) != 0)
                    pieces.Add(at, start);
            }
            at += length;
        }
        pieces.Add(start, piece.Length);
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "BertPreTokenizer");
        json.WriteEndObject();
    }
}
