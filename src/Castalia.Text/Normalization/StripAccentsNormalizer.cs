using System.Buffers;
using System.Text.Json;

namespace Castalia.Text.Normalization;

/// <summary>HF's StripAccents: takes out all marks, as Unicode 9.0 has them. It does not decompose: that is for an NFD before it.</summary>
internal sealed class StripAccentsNormalizer : CharacterNormalizer
{
    private static readonly SearchValues<byte> NotAscii = StopAt(_ => false);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "StripAccents");
        json.WriteEndObject();
    }

    protected override int Map(int codePoint) => (NormalizationClasses.Of[codePoint] & NormalizationClasses.Mark) != 0 ? Nothing : codePoint;

    protected override SearchValues<byte> Stops => NotAscii;
}
