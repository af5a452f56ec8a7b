using System.Text;
using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.PreTokenization;

/// <summary>HF's CharDelimiterSplit: what stands between delimiters of one character.</summary>
internal sealed class CharDelimiterSplitPreTokenizer(Rune delimiter) : PieceCutter
{
    private readonly byte[] _delimiter = Encoding.UTF8.GetBytes(delimiter.ToString());

    public override bool CutsBeforeSpaceAfterLetter => delimiter.Value == ' ';

    public override bool IsLocal => true;

    /// <summary>Reads the part.</summary>
    public static CharDelimiterSplitPreTokenizer Read(JsonPart part) => new(part.Get("delimiter").Character());

    public override void Cut(ReadOnlySpan<byte> piece, PieceSink pieces)
    {
        int start = 0;
        while (piece[start..].IndexOf(_delimiter) is int found && found >= 0)
        {
            pieces.Add(start, start + found);
            start += found + _delimiter.Length;
        }
        pieces.Add(start, piece.Length);
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "CharDelimiterSplit");
        json.WriteString("delimiter", delimiter.ToString());
        json.WriteEndObject();
    }
}
