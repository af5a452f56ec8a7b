using Castalia.Text.PreTokenization;

namespace Castalia.Text.TokenizerJson;

/// <summary>Reads the key "pre_tokenizer".</summary>
internal static class PreTokenizerReader
{
    /// <summary>Reads a pre-tokenizer by its type.</summary>
    public static PreTokenizer Read(JsonPart part) => part.Type() switch
    {
        "ByteLevel" => ByteLevelPreTokenizer.Read(part),
        "Digits" => DigitsPreTokenizer.Read(part),
        "Sequence" => new PreTokenizerSequence([.. part.Get("pretokenizers").Items().Select(Read)]),
        "Split" => SplitPreTokenizer.Read(part),
        string type => throw part.Refuse($"the pre-tokenizer {type}", "ByteLevel, Digits, Sequence, Split, null"),
    };
}
