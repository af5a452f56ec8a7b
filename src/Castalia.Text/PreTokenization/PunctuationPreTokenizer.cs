using System.Text.Json;
using Castalia.Text.TokenizerJson;
using Castalia.Text.Unicode;

namespace Castalia.Text.PreTokenization;

/// <summary>HF's Punctuation: cuts by punctuation characters.</summary>
internal sealed class PunctuationPreTokenizer(SplitBehavior behavior) : PieceCutter
{
    private readonly CharacterClassCutter _cutter = new(CharacterClasses.Punctuation, behavior);

    public override bool IsLocal => true;

    /// <summary>Reads the part.</summary>
    public static PunctuationPreTokenizer Read(JsonPart part) =>
        new(part.Find("behavior") is null ? SplitBehavior.Isolated : SplitBehaviorJson.Read(part));

    public override void Cut(ReadOnlySpan<byte> piece, PieceSink pieces) => _cutter.Cut(piece, pieces);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Punctuation");
        SplitBehaviorJson.Write(json, behavior);
        json.WriteEndObject();
    }
}
