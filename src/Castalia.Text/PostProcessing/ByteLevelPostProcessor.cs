using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.PostProcessing;

/// <summary>HF's ByteLevel as post-processor: trims offsets, adds nothing.</summary>
internal sealed class ByteLevelPostProcessor(bool addPrefixSpace, bool trimOffsets, bool useRegex) : PostProcessor
{
    /// <summary>Reads the part.</summary>
    public static ByteLevelPostProcessor Read(JsonPart part) =>
        new(part.Flag("add_prefix_space", true), part.Flag("trim_offsets", true), part.Flag("use_regex", true));

    public override IEnumerable<MarkedToken> Tokens => [];

    public override PostProcessor WithIds(Func<string, int> idOf) => this;

    public override int AddedTokens(bool pair) => 0;

    public override List<TokenEncoding> Process(List<TokenEncoding> encodings, bool addSpecialTokens)
    {
        for (int i = 0; i < encodings.Count; i++)
        {
            if (trimOffsets)
                OffsetTrimming.Trim(encodings[i], addPrefixSpace);
        }
        return NumberSequences(encodings);
    }

    public override bool TryAffixes(out int[] prefix, out int[] suffix)
    {
        (prefix, suffix) = ([], []);
        return true;
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", addPrefixSpace);
        json.WriteBoolean("trim_offsets", trimOffsets);
        json.WriteBoolean("use_regex", useRegex);
        json.WriteEndObject();
    }
}
