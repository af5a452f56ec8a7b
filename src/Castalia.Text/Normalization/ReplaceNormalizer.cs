using System.Text;
using System.Text.Json;
using Castalia.Text.Regexes;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Normalization;

/// <summary>HF's Replace: puts something, the same each time, in the place of all that a string or a regular expression matches.</summary>
internal sealed class ReplaceNormalizer(SearchPattern pattern, string content) : Normalizer
{
    private readonly byte[] _replacement = Encoding.UTF8.GetBytes(content);

    /// <summary>Reads the part.</summary>
    public static ReplaceNormalizer Read(JsonPart part) => new(SearchPattern.Read(part), part.Get("content").Text());

    public override bool LeavesAsIs(ReadOnlySpan<byte> text)
    {
        using SearchPattern.Matches matches = pattern.Over(text);
        return !matches.Next();
    }

    public override void Normalize(NormalizedText text)
    {
        text.BeginRewrite();
        using SearchPattern.Matches matches = pattern.Over(text.Bytes);
        while (matches.Next())
        {
            text.Keep(matches.Start - text.Position);
            text.Substitute(matches.End - matches.Start, _replacement);
        }
        text.EndRewrite();
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Replace");
        pattern.Write(json);
        json.WriteString("content", content);
        json.WriteEndObject();
    }
}
