using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Castalia.Text.PreTokenization;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Tests.PreTokenization;

/// <summary>Pre-tokenizers alone.</summary>
internal static class PreTokenizerFixtures
{
    public static PreTokenizer Read(string json) => PreTokenizerReader.Read(new JsonPart(JsonDocument.Parse(json).RootElement, "test", "$"));

    /// <summary>The part as it is written to a file.</summary>
    public static JsonNode Written(PreTokenizer preTokenizer)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
            preTokenizer.Write(json);
        return JsonNode.Parse(stream.ToArray())!;
    }

    /// <summary>The pieces of a text, each with its place in code points.</summary>
    public static List<(string Text, int Start, int End)> Pieces(PreTokenizer preTokenizer, string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        int[] codePoints = new int[utf8.Length + 1];
        for (int i = 0; i < utf8.Length; i++)
            codePoints[i + 1] = codePoints[i] + ((i + 1 == utf8.Length || (utf8[i + 1] & 0xC0) != 0x80) ? 1 : 0);
        PreTokenizedText pieces = new();
        pieces.Clear(tracked: true);
        pieces.Text.Append(utf8, 0);
        pieces.Add(new Piece(0, utf8.Length, null));
        preTokenizer.PreTokenize(pieces);
        List<(string Text, int Start, int End)> found = [];
        foreach (Piece piece in pieces.Pieces)
        {
            (int start, int end) = pieces.Text.OriginOf(piece.Start, piece.End);
            found.Add((Encoding.UTF8.GetString(pieces.Text.Bytes[piece.Start..piece.End]), codePoints[start], codePoints[end]));
        }
        return found;
    }

    /// <summary>Pieces on one line, for comparison.</summary>
    public static string Show(IEnumerable<(string Text, int Start, int End)> pieces) =>
        string.Join(' ', pieces.Select(piece => $"{JsonSerializer.Serialize(piece.Text)}[{piece.Start},{piece.End}]"));
}
