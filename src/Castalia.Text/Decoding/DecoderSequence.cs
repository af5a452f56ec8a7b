using System.Text.Json;

namespace Castalia.Text.Decoding;

/// <summary>Decoders one after the other.</summary>
internal sealed class DecoderSequence(IReadOnlyList<Decoder> parts) : Decoder
{
    /// <summary>The parts in order.</summary>
    public IReadOnlyList<Decoder> Parts => parts;

    public override DecoderStage CreateStage(DecoderStage next)
    {
        for (int i = parts.Count; i-- > 0;)
            next = parts[i].CreateStage(next);
        return next;
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("decoders");
        foreach (Decoder part in parts)
            part.Write(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
