using System.Text;
using System.Text.Json;
using Castalia.Text.TokenizerJson;
using Castalia.Text.Unicode;

namespace Castalia.Text.Normalization;

/// <summary>HF's Replace: puts something in the place of all that a pattern matches.</summary>
internal sealed class ReplaceNormalizer(string pattern, string content) : Normalizer
{
    private readonly byte[] _pattern = Encoding.UTF8.GetBytes(pattern), _content = Encoding.UTF8.GetBytes(content);

    /// <summary>Reads the part.</summary>
    public static ReplaceNormalizer Read(JsonPart part)
    {
        JsonPart pattern = part.Get("pattern");
        if (pattern.Find("String") is not JsonPart text)
            throw pattern.Refuse("a Replace by a regular expression", "fixed strings");
        return new ReplaceNormalizer(text.Text(), part.Get("content").Text());
    }

    public override bool LeavesAsIs(ReadOnlySpan<byte> text) => text.IsEmpty || text.IndexOf(_pattern) < 0;

    public override void Normalize(NormalizedText text)
    {
        if (text.Length == 0)
            return;
        text.BeginRewrite();
        ReadOnlySpan<byte> bytes = text.Bytes;
        if (_pattern.Length == 0)
            PutBetweenAll(text);
        for (int found; _pattern.Length > 0 && (found = bytes[text.Position..].IndexOf(_pattern)) >= 0;)
        {
            text.Keep(found);
            text.Substitute(_pattern.Length, _content);
        }
        text.EndRewrite();
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Replace");
        json.WriteStartObject("pattern");
        json.WriteString("String", pattern);
        json.WriteEndObject();
        json.WriteString("content", content);
        json.WriteEndObject();
    }

    /// <summary>Nothing is found before and after each character.</summary>
    private void PutBetweenAll(NormalizedText text)
    {
        text.Substitute(0, _content);
        while (text.Position < text.Length)
        {
            CodePoint.At(text.Bytes, text.Position, out int length);
            text.Keep(length);
            text.Substitute(0, _content);
        }
    }
}
