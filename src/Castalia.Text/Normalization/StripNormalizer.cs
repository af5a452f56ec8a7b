using System.Text.Json;
using Castalia.Text.TokenizerJson;
using Castalia.Text.Unicode;

namespace Castalia.Text.Normalization;

/// <summary>HF's Strip: takes white space off the ends of what stands between added tokens.</summary>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    /// <summary>Reads the part.</summary>
    public static StripNormalizer Read(JsonPart part) => new(part.Flag("strip_left"), part.Flag("strip_right"));

    public override bool LeavesAsIs(ReadOnlySpan<byte> text)
    {
        (int start, int end) = Inner(text);
        return start == 0 && end == text.Length;
    }

    public override void Normalize(NormalizedText text)
    {
        (int start, int end) = Inner(text.Bytes);
        text.BeginRewrite();
        text.Skip(start);
        text.Keep(end - start);
        text.Skip(text.Length - end);
        text.EndRewrite();
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Strip");
        json.WriteBoolean("strip_left", left);
        json.WriteBoolean("strip_right", right);
        json.WriteEndObject();
    }

    private (int Start, int End) Inner(ReadOnlySpan<byte> text)
    {
        int start = 0, end = text.Length;
        while (left && start < end && IsSpace(CodePoint.At(text, start, out int length)))
            start += length;
        while (right && end > start && IsSpace(CodePoint.Before(text, end, out int length)))
            end -= length;
        return (start, end);
    }

    private static bool IsSpace(int codePoint) => (CharacterClasses.Of[codePoint] & CharacterClasses.Space) != 0;
}
