using System.Text.Json;

namespace Castalia.Text.Tests;

/// <summary>An encoding as a golden file has it, beside one of ours.</summary>
internal static class GoldenEncoding
{
    /// <summary>What differs, in a few words; null where nothing does. Only what the golden object names is compared.</summary>
    public static string? Difference(JsonElement golden, TokenEncoding encoding)
    {
        (string Key, string Found)[] lists =
        [
            ("ids", Show(encoding.Ids)),
            ("tokens", Show(encoding.Tokens)),
            ("offsets", Show(encoding.Offsets.Select(range => $"[{range.Start},{range.End}]"))),
            ("word_ids", Show(encoding.WordIds.Select(word => word?.ToString() ?? "null"))),
            ("special_mask", Show(encoding.SpecialTokensMask.Select(mask => mask ? 1 : 0))),
            ("attention_mask", Show(encoding.AttentionMask.Select(mask => mask ? 1 : 0))),
            ("type_ids", Show(encoding.TypeIds)),
            ("sequence_ids", Show(encoding.SequenceIds.Select(sequence => sequence?.ToString() ?? "null"))),
        ];
        foreach ((string key, string found) in lists)
        {
            if (golden.TryGetProperty(key, out JsonElement list) && Show(list.EnumerateArray().Select(Text)) is string expected && expected != found)
                return $"{key} {found} instead of {expected}";
        }
        if (!golden.TryGetProperty("overflowing", out JsonElement overflowing))
            return null;
        if (overflowing.GetArrayLength() != encoding.Overflowing.Count)
            return $"{encoding.Overflowing.Count} windows cut off instead of {overflowing.GetArrayLength()}";
        return overflowing.EnumerateArray().Zip(encoding.Overflowing, (part, ours) => Difference(part, ours)).FirstOrDefault(difference => difference is not null);
    }

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static string Show<T>(IEnumerable<T> values) => string.Join(' ', values);
}
