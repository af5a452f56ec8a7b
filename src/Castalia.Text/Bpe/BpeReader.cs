using System.Text.Json;
using Castalia.Text.Models;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Bpe;

/// <summary>Reads a BPE model from tokenizer.json.</summary>
internal static class BpeReader
{
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
            ContinuingSubwordPrefix = part.Find("continuing_subword_prefix")?.Text(),
            EndOfWordSuffix = part.Find("end_of_word_suffix")?.Text(),
            FuseUnknown = part.Flag("fuse_unk", false),
            ByteFallback = part.Flag("byte_fallback", false),
            IgnoreMerges = part.Flag("ignore_merges", false),
        };
        Dictionary<string, int> ids = VocabularyJson.Read(part.Get("vocab"));
        (string, string)[] merges = ReadMerges(part.Get("merges"), ids, flags.ContinuingSubwordPrefix?.Length ?? 0);
        BpeModel model = new(ids, merges, flags);
        // HF says so only when it meets an unknown character; a vocabulary that knows every byte never does.
        if (flags.UnknownToken is string unknown && !ids.ContainsKey(unknown) && model.Bytes is null)
            throw part.Get("unk_token").Fail($"the unknown token \"{unknown}\" is not in the vocabulary.");
        return model;
    }

    private static (string Left, string Right)[] ReadMerges(JsonPart part, Dictionary<string, int> ids, int prefix)
    {
        part.Expect(JsonValueKind.Array);
        (string Left, string Right)[] merges = new (string, string)[part.Value.GetArrayLength()];
        int index = 0;
        foreach (JsonElement item in part.Value.EnumerateArray())
        {
            JsonPart place = new(item, part.File, "$.model.merges");
            InputException Fail(string problem) => (place with { Path = $"{part.Path}[{index}]" }).Fail(problem);
            (string left, string right) = Halves(place, Fail);
            if (right.Length < prefix)
                throw Fail($"the right side \"{right}\" is shorter than the continuing_subword_prefix.");
            foreach (string token in (string[])[left, right, left + right[prefix..]])
            {
                if (!ids.ContainsKey(token))
                    throw Fail($"the merge of \"{left}\" and \"{right}\" names or makes the token \"{token}\", which is not in the vocabulary.");
            }
            merges[index++] = (left, right);
        }
        return merges;
    }

    /// <summary>The two sides of a merge, written as <c>"a b"</c> (old) or <c>["a", "b"]</c>.</summary>
    private static (string Left, string Right) Halves(JsonPart merge, Func<string, InputException> fail)
    {
        if (merge.Value.ValueKind == JsonValueKind.String)
        {
            string text = merge.Text();
            int space = text.IndexOf(' ');
            if (space > 0 && space < text.Length - 1 && text.IndexOf(' ', space + 1) < 0)
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
