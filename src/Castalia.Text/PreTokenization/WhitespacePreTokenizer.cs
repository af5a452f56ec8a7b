using System.Text.Json;
using Castalia.Text.Unicode;

namespace Castalia.Text.PreTokenization;

/// <summary>HF's Whitespace: runs of word characters and runs of other characters, <c>\w+|[^\w\s]+</c>; white space is left out.</summary>
internal sealed class WhitespacePreTokenizer : PieceCutter
{
    public override bool CutsBeforeSpaceAfterLetter => true;

    public override void Cut(ReadOnlySpan<byte> piece, PieceSink pieces)
    {
        int start = 0, run = 0;
        for (int at = 0; at < piece.Length;)
        {
            int kind = CharacterClasses.Of[CodePoint.At(piece, at, out int length)] & (CharacterClasses.Word | CharacterClasses.Space);
            if (kind != run)
            {
                if (run != CharacterClasses.Space)
                    pieces.Add(start, at);
                (start, run) = (at, kind);
            }
            at += length;
        }
        if (run != CharacterClasses.Space)
            pieces.Add(start, piece.Length);
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Whitespace");
        json.WriteEndObject();
    }
}
