using System.Text.Json;

namespace Castalia.Text.Normalization;

/// <summary>Normalizers one after the other.</summary>
internal sealed class NormalizerSequence(IReadOnlyList<Normalizer> parts) : Normalizer
{
    public override bool LeavesAsIs(ReadOnlySpan<byte> text)
    {
        foreach (Normalizer part in parts)
        {
            if (!part.LeavesAsIs(text))
                return false;
        }
        return true;
    }

    public override bool IsLocal => parts.All(part => part.IsLocal);

    public override void Normalize(NormalizedText text)
    {
        foreach (Normalizer part in parts)
        {
            if (!part.LeavesAsIs(text.Bytes))
                part.Normalize(text);
        }
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("normalizers");
        foreach (Normalizer part in parts)
            part.Write(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
