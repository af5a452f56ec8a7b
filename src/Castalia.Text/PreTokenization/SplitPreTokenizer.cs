using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.PreTokenization;

/// <summary>HF's Split: cuts by a pattern.</summary>
internal sealed class SplitPreTokenizer(WordScanner scanner, string pattern, string behavior, bool invert) : PieceCutter
{
    public override WordScanner Scanner { get; } = scanner;

    public override bool CutsBeforeSpaceAfterLetter => true;

    /// <summary>Reads the part.</summary>
    public static SplitPreTokenizer Read(JsonPart part)
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
            ? new SplitPreTokenizer(scanner, regex.Text(), behavior, invert)
            : throw part.Refuse($"the behavior {behavior} with invert {(invert ? "true" : "false")}", "Isolated; Removed with invert true");
    }

    public override void Cut(ReadOnlySpan<byte> piece, PieceSink pieces) => Scanner.Cut(piece, pieces);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", pattern);
        json.WriteEndObject();
        json.WriteString("behavior", behavior);
        json.WriteBoolean("invert", invert);
        json.WriteEndObject();
    }
}
