using Castalia.Text.Normalization;

namespace Castalia.Text.TokenizerJson;

/// <summary>Reads the key "normalizer".</summary>
internal static class NormalizerReader
{
    /// <summary>Reads a normalizer by its type.</summary>
    public static Normalizer Read(JsonPart part) => part.Type() switch
    {
        "NFC" => new NfcNormalizer(),
        "Sequence" => new NormalizerSequence([.. part.Get("normalizers").Items().Select(Read)]),
        string type => throw part.Refuse($"the normalizer {type}", "NFC, Sequence, null"),
    };
}
