using System.Text.Json;
using Castalia.Text.Unicode;

namespace Castalia.Text.PreTokenization;

/// <summary>HF's WhitespaceSplit: what stands between white space.</summary>
internal sealed class WhitespaceSplitPreTokenizer : PieceCutter
{
    private static readonly CharacterClassCutter Cutter = new(CharacterClasses.Space, SplitBehavior.Removed);

    public override bool CutsBeforeSpaceAfterLetter => true;

    public override void Cut(ReadOnlySpan<byte> piece, PieceSink pieces) => Cutter.Cut(piece, pieces);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "WhitespaceSplit");
        json.WriteEndObject();
    }
}
