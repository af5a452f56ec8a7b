using Castalia.Text.Decoding;

namespace Castalia.Text.TokenizerJson;

/// <summary>Reads the key "decoder".</summary>
internal static class DecoderReader
{
    /// <summary>Reads a decoder by its type.</summary>
    public static Decoder Read(JsonPart part) => part.Type() switch
    {
        "ByteLevel" => ByteLevelDecoder.Read(part),
        "Sequence" => new DecoderSequence([.. part.Get("decoders").Items().Select(Read)]),
        string type => throw part.Refuse($"the decoder {type}", "ByteLevel, Sequence, null"),
    };
}
