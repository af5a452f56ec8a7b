using System.Buffers;
using System.Text.Json;

namespace Castalia.Text.Normalization;

/// <summary>HF's Nmt, the clean-up of SentencePiece's "nmt" rules: takes out control characters, and writes odd spaces as spaces.</summary>
internal sealed class NmtNormalizer : CharacterNormalizer
{
    private static readonly SearchValues<byte> Controls = StopAt(character => character is (>= (char)1 and < ' ') or (char)0x7F);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Nmt");
        json.WriteEndObject();
    }

    protected override int Map(int codePoint) => codePoint switch
    {
        '\t' or '\n' or '\f' or '\r' => ' ',
        (>= 0x01 and <= 0x1F) or 0x7F or 0x8F or 0x9F => Nothing,
        0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD => ' ',
        _ => codePoint,
    };

    protected override SearchValues<byte> Stops => Controls;
}
