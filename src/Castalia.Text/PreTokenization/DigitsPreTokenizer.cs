using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.PreTokenization;

/// <summary>HF's Digits: numbers (\p{N}) apart from the rest, each on its own or in runs.</summary>
/// <param name="individual">Whether each number is a piece of its own.</param>
internal sealed class DigitsPreTokenizer(bool individual) : PieceCutter
{
    public override WordScanner Scanner { get; } = new DigitsScanner(individual);

    public override bool IsLocal => true;

    /// <summary>Reads the part.</summary>
    public static DigitsPreTokenizer Read(JsonPart part) => new(part.Flag("individual_digits", false));

    public override void Cut(ReadOnlySpan<byte> piece, PieceSink pieces) => Scanner.Cut(piece, pieces);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Digits");
        json.WriteBoolean("individual_digits", individual);
        json.WriteEndObject();
    }
}
