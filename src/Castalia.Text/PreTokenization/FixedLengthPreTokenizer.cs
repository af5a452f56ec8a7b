using System.Text.Json;
using Castalia.Text.TokenizerJson;
using Castalia.Text.Unicode;

namespace Castalia.Text.PreTokenization;

/// <summary>HF's FixedLength: pieces of so many characters each; the last may have fewer.</summary>
internal sealed class FixedLengthPreTokenizer(ulong length) : PieceCutter
{
    private const ulong DefaultLength = 5;

    /// <summary>Reads the part.</summary>
    public static FixedLengthPreTokenizer Read(JsonPart part) => new(part.Find("length")?.Count(least: 1) ?? DefaultLength);

    public override void Cut(ReadOnlySpan<byte> piece, PieceSink pieces)
    {
        int start = 0;
        ulong count = 0;
        for (int at = 0; at < piece.Length; count++)
        {
            if (count == length)
            {
                pieces.Add(start, at);
                (start, count) = (at, 0);
            }
            CodePoint.At(piece, at, out int size);
            at += size;
        }
        pieces.Add(start, piece.Length);
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "FixedLength");
        json.WriteNumber("length", length);
        json.WriteEndObject();
    }
}
