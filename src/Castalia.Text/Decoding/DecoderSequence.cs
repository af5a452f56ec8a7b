using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Decoding;

/// <summary>Decoders one after the other.</summary>
internal sealed class DecoderSequence(IReadOnlyList<Decoder> parts) : Decoder
{
    /// <summary>The most parts that a file may have. Each hands on to the next from within its own work, and stacks are not endless.</summary>
    private const int MostParts = 256;

    /// <summary>The parts in order.</summary>
    public IReadOnlyList<Decoder> Parts => parts;

    private int Count => parts.Sum(part => part is DecoderSequence sequence ? sequence.Count : 1);

    /// <summary>Reads the part.</summary>
    public static DecoderSequence Read(JsonPart part)
    {
        JsonPart decoders = part.Get("decoders");
        DecoderSequence sequence = new([.. decoders.Items().Take(MostParts + 1).Select(DecoderReader.Read)]);
        return sequence.Count <= MostParts ? sequence : throw decoders.Fail($"there are more than {MostParts} decoders in sequence.");
    }

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
