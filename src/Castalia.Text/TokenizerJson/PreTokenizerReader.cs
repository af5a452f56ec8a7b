using Castalia.Text.PreTokenization;

namespace Castalia.Text.TokenizerJson;

/// <summary>Reads the key "pre_tokenizer": ByteLevel, with any Split and Digits before it.</summary>
internal static class PreTokenizerReader
{
    private const string Supported = "ByteLevel, and a Sequence of Split, Digits and a last ByteLevel";

    /// <summary>Reads the pre-tokenizer of a file.</summary>
    public static PreTokenizer Read(JsonPart root)
    {
        if (root.Find("pre_tokenizer") is not JsonPart part)
            throw root.Refuse("a tokenizer without a pre_tokenizer", Supported);
        List<JsonPart> parts = [.. Flatten(part)];
        List<WordScanner> before = [];
        foreach (JsonPart one in parts.SkipLast(1))
            before.Add(ReadScanner(one));
        if (parts.Count == 0 || parts[^1].Type() != "ByteLevel")
            throw part.Refuse(parts.Count == 0 ? "an empty Sequence" : $"the pre-tokenizer {parts[^1].Type()} at the end", Supported);
        if (before.Count >= WordCursor.MostScanners)
            throw part.Refuse($"a Sequence of {parts.Count} pre-tokenizers", $"at most {WordCursor.MostScanners}");
        return new PreTokenizer([.. before], parts[^1].Flag("add_prefix_space", true), parts[^1].Flag("use_regex", true));
    }

    private static IEnumerable<JsonPart> Flatten(JsonPart part) =>
        part.Type() == "Sequence" ? part.Get("pretokenizers").Items().SelectMany(Flatten) : [part];

    private static WordScanner ReadScanner(JsonPart part) => part.Type() switch
    {
        "Split" => ReadSplit(part),
        "Digits" => new DigitsScanner(part.Flag("individual_digits", false)),
        string type => throw part.Refuse($"the pre-tokenizer {type} at this place", Supported),
    };

    private static WordScanner ReadSplit(JsonPart part)
    {
        JsonPart pattern = part.Get("pattern");
        if (pattern.Find("Regex") is not JsonPart regex)
            throw pattern.Refuse("a Split by a fixed string", "the patterns of GPT-2, of cl100k (Llama 3, dolma2) and of Qwen");
        WordScanner scanner = regex.Text() switch
        {
            Gpt2Scanner.Pattern => new Gpt2Scanner(),
            Cl100kScanner.Pattern => new Cl100kScanner(3),
            Cl100kScanner.PatternWithSingleDigits => new Cl100kScanner(1),
            string other => throw regex.Refuse($"the pattern {other}", "the patterns of GPT-2, of cl100k (Llama 3, dolma2) and of Qwen"),
        };
        // These patterns match every character, so that nothing is ever between matches.
        string behavior = part.Get("behavior").Text();
        bool invert = part.Flag("invert", false);
        return behavior == "Isolated" || (behavior == "Removed" && invert)
            ? scanner
            : throw part.Refuse($"the behavior {behavior} with invert {(invert ? "true" : "false")}", "Isolated; Removed with invert true");
    }
}
