using System.Text;
using System.Text.Json;
using Castalia.Text.Models;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Bpe;

/// <summary>Reads a BPE model from tokenizer.json.</summary>
internal static class BpeReader
{
    private const int LongestMark = 256;

    /// <summary>Reads the model.</summary>
    public static BpeModel Read(JsonPart part)
    {
        float? dropout = null;
        if (part.Find("dropout") is JsonPart drop)
        {
            dropout = drop.Value.ValueKind == JsonValueKind.Number ? (float)drop.Value.GetDouble() : throw drop.Fail("expected a number.");
            if (dropout != 0)
                throw drop.Refuse("dropout, which makes ids random,", "null, or 0");
        }
        BpeFlags flags = new()
        {
            Dropout = dropout,
            UnknownToken = part.Find("unk_token")?.Text(),
            ContinuingSubwordPrefix = Mark(part.Find("continuing_subword_prefix")),
            EndOfWordSuffix = Mark(part.Find("end_of_word_suffix")),
            FuseUnknown = part.Flag("fuse_unk", false),
            ByteFallback = part.Flag("byte_fallback", false),
            IgnoreMerges = part.Flag("ignore_merges", false),
        };
        Dictionary<string, int> ids = VocabularyJson.Read(part.Get("vocab"));
        return new BpeModel(ids, ReadMerges(part.Get("merges"), ids, flags), flags);
    }

    private static string? Mark(JsonPart? part) => part?.Text() is not string mark || Encoding.UTF8.GetByteCount(mark) <= LongestMark
        ? part?.Text()
        : throw part.Value.Fail($"it has more than {LongestMark} bytes.");

    private static (string Left, string Right)[] ReadMerges(JsonPart part, Dictionary<string, int> ids, BpeFlags flags)
    {
        part.Expect(JsonValueKind.Array);
        Dictionary<(string, string), int> ranks = new(part.Value.GetArrayLength());
        int prefix = Encoding.UTF8.GetByteCount(flags.ContinuingSubwordPrefix ?? "");
        int index = 0;
        foreach (JsonElement item in part.Value.EnumerateArray())
        {
            JsonPart place = new(item, part.File, "$.model.merges");
            InputException Fail(string problem) => (place with { Path = $"{part.Path}[{index}]" }).Fail(problem);
            // The first line of a merges.txt, which some files keep, says nothing.
            if (item.ValueKind == JsonValueKind.String && place.Text().StartsWith("#version", StringComparison.Ordinal))
            {
                index++;
                continue;
            }
            (string left, string right) = Halves(place, Fail);
            if (Encoding.UTF8.GetByteCount(right) < prefix)
                throw Fail($"the right side \"{right}\" is shorter than the continuing_subword_prefix.");
            foreach (string token in (string[])[left, right, flags.Merge((left, right))])
            {
                if (!ids.ContainsKey(token))
                    throw Fail($"the merge of \"{left}\" and \"{right}\" names or makes the token \"{token}\", which is not in the vocabulary.");
            }
            // Of equal merges the last one counts.
            ranks[(left, right)] = index++;
        }
        return [.. ranks.OrderBy(merge => merge.Value).Select(merge => merge.Key)];
    }

    /// <summary>The two sides of a merge, written as <c>"a b"</c> (old) or <c>["a", "b"]</c>.</summary>
    private static (string Left, string Right) Halves(JsonPart merge, Func<string, InputException> fail)
    {
        if (merge.Value.ValueKind == JsonValueKind.String)
        {
            string text = merge.Text();
            int space = text.IndexOf(' ');
            if (space >= 0 && text.IndexOf(' ', space + 1) < 0)
                return (text[..space], text[(space + 1)..]);
        }
        else if (merge.Value.ValueKind == JsonValueKind.Array && merge.Value.GetArrayLength() == 2
            && merge.Value[0].ValueKind == JsonValueKind.String && merge.Value[1].ValueKind == JsonValueKind.String)
        {
            return (merge.Text(merge.Value[0]), merge.Text(merge.Value[1]));
        }
        throw fail("expected a merge, \"a b\" or [\"a\", \"b\"].");
    }
}
