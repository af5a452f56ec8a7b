using Castalia.Text.PreTokenization;

namespace Castalia.Text.TokenizerJson;

/// <summary>Reads the key "pre_tokenizer".</summary>
internal static class PreTokenizerReader
{
    private const string Supported = "BertPreTokenizer, ByteLevel, CharDelimiterSplit, Digits, FixedLength, Metaspace, Punctuation, Sequence, Split, "
        + "UnicodeScripts, Whitespace, WhitespaceSplit, null";

    /// <summary>Reads a pre-tokenizer by its type.</summary>
    public static PreTokenizer Read(JsonPart part) => part.Type() switch
    {
        "BertPreTokenizer" => new BertPreTokenizer(),
        "ByteLevel" => ByteLevelPreTokenizer.Read(part),
        "CharDelimiterSplit" => CharDelimiterSplitPreTokenizer.Read(part),
        "Digits" => DigitsPreTokenizer.Read(part),
        "FixedLength" => FixedLengthPreTokenizer.Read(part),
        "Metaspace" => MetaspacePreTokenizer.Read(part),
        "Punctuation" => PunctuationPreTokenizer.Read(part),
        "Sequence" => new PreTokenizerSequence([.. part.Get("pretokenizers").Items().Select(Read)]),
        "Split" => SplitPreTokenizer.Read(part),
        "UnicodeScripts" => new UnicodeScriptsPreTokenizer(),
        "Whitespace" => new WhitespacePreTokenizer(),
        "WhitespaceSplit" => new WhitespaceSplitPreTokenizer(),
        string type => throw part.Refuse($"the pre-tokenizer {type}", Supported),
    };
}
