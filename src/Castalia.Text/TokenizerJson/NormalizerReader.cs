using Castalia.Text.Normalization;

namespace Castalia.Text.TokenizerJson;

/// <summary>Reads the key "normalizer".</summary>
internal static class NormalizerReader
{
    private const string Supported =
        "BertNormalizer, ByteLevel, Lowercase, NFC, NFD, NFKC, NFKD, Nmt, Precompiled, Prepend, Replace, Sequence, Strip, StripAccents, null";

    /// <summary>Reads a normalizer by its type; without one, as old files are, by the keys that it has.</summary>
    public static Normalizer Read(JsonPart part) => Type(part) switch
    {
        "BertNormalizer" or "Bert" => BertNormalizer.Read(part),
        "ByteLevel" => new ByteLevelNormalizer(),
        "Lowercase" => new LowercaseNormalizer(),
        "NFC" => UnicodeFormNormalizer.Nfc(),
        "NFD" => UnicodeFormNormalizer.Nfd(),
        "NFKC" => UnicodeFormNormalizer.Nfkc(),
        "NFKD" => UnicodeFormNormalizer.Nfkd(),
        "Nmt" => new NmtNormalizer(),
        "Precompiled" => PrecompiledNormalizer.Read(part),
        "Prepend" => PrependNormalizer.Read(part),
        "Replace" => ReplaceNormalizer.Read(part),
        "Sequence" => new NormalizerSequence([.. part.Get("normalizers").Items().Select(Read)]),
        "Strip" => StripNormalizer.Read(part),
        "StripAccents" => new StripAccentsNormalizer(),
        string type => throw part.Refuse($"the normalizer {type}", Supported),
    };

    private static string Type(JsonPart part)
    {
        if (part.Find("type") is not null)
            return part.Type();
        bool Has(params string[] keys) => keys.All(key => part.Find(key) is not null);
        return Has("clean_text", "handle_chinese_chars", "lowercase") ? "BertNormalizer"
            : Has("strip_left", "strip_right") ? "Strip"
            : Has("normalizers") ? "Sequence"
            : Has("precompiled_charsmap") ? "Precompiled"
            : Has("pattern", "content") ? "Replace"
            : Has("prepend") ? "Prepend"
            : part.Type();
    }
}
