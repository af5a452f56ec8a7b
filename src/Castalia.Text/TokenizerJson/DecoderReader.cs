using Castalia.Text.Decoding;

namespace Castalia.Text.TokenizerJson;

/// <summary>Reads the key "decoder".</summary>
internal static class DecoderReader
{
    private const string Supported = "BPEDecoder, ByteFallback, ByteLevel, CTC, Fuse, Metaspace, Replace, Sequence, Strip, WordPiece, null";

    /// <summary>Reads a decoder by its type; without one, as old files are, by the keys that it has.</summary>
    public static Decoder Read(JsonPart part) => Type(part) switch
    {
        "BPEDecoder" => BpeDecoder.Read(part),
        "ByteFallback" => new ByteFallbackDecoder(),
        "ByteLevel" => ByteLevelDecoder.Read(part),
        "CTC" => CtcDecoder.Read(part),
        "Fuse" => new FuseDecoder(),
        "Metaspace" => MetaspaceDecoder.Read(part),
        "Replace" => ReplaceDecoder.Read(part),
        "Sequence" => DecoderSequence.Read(part),
        "Strip" => StripDecoder.Read(part),
        "WordPiece" => WordPieceDecoder.Read(part),
        string type => throw part.Refuse($"the decoder {type}", Supported),
    };

    private static string Type(JsonPart part)
    {
        if (part.Find("type") is not null)
            return part.Type();
        bool Has(params string[] keys) => keys.All(key => part.Find(key) is not null);
        return Has("suffix") ? "BPEDecoder"
            : Has("prefix", "cleanup") ? "WordPiece"
            : Has("pad_token", "word_delimiter_token", "cleanup") ? "CTC"
            : Has("pattern", "content") ? "Replace"
            : Has("content", "start", "stop") ? "Strip"
            : part.Type();
    }
}
