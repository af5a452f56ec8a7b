using System.Text.Json;
using Castalia.Text.Bpe;

namespace Castalia.Text.TokenizerJson;

/// <summary>What the key "model" of a tokenizer's file says.</summary>
/// <param name="Ids">The id of each token.</param>
/// <param name="Model">The model.</param>
internal sealed record ModelReader(Dictionary<string, int> Ids, BpeModel Model)
{
    /// <summary>Reads a BPE model over the byte-level alphabet.</summary>
    public static ModelReader Read(JsonPart part)
    {
        part.Expect(JsonValueKind.Object);
        string type = part.Find("type")?.Text() ?? (part.Find("merges") is null ? "without a type and without merges" : "BPE");
        if (type != "BPE")
            throw part.Refuse($"the model {type}", "BPE over bytes");
        if (part.Find("dropout") is JsonPart dropout && !(dropout.Value.ValueKind == JsonValueKind.Number && dropout.Value.GetDouble() == 0))
            throw dropout.Refuse("dropout, which makes ids random,", "null");
        foreach (string key in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (part.Find(key) is JsonPart affix && affix.Text().Length > 0)
                throw affix.Refuse($"{key} \"{affix.Text()}\"", "null, or an empty string");
        }

        Dictionary<string, int> ids = ReadVocabulary(part.Get("vocab"));
        int[] symbols = [.. ByteAlphabet.CharacterOf.Select(c => ids.TryGetValue(c.ToString(), out int id) ? id : -1)];
        bool complete = !symbols.Contains(-1);
        if (!complete && part.Flag("byte_fallback", false))
            throw part.Refuse("byte_fallback with a vocabulary that lacks tokens of the byte-level alphabet", "vocabularies with all 256 of them");
        int unknown = -1;
        if (!complete && part.Find("unk_token") is JsonPart unk && !ids.TryGetValue(unk.Text(), out unknown))
            throw unk.Fail($"the unknown token \"{unk.Text()}\" is not in the vocabulary.");
        WordTable? whole = part.Flag("ignore_merges", false)
            ? new WordTable(ids.Where(token => token.Key.All(c => ByteAlphabet.ByteOf(c) >= 0)).Select(token => (ByteAlphabet.Read(token.Key), token.Value)))
            : null;
        BpeModel model = new(symbols, ReadMerges(part.Get("merges"), ids), unknown, part.Flag("fuse_unk", false), whole);
        return new ModelReader(ids, model);
    }

    private static Dictionary<string, int> ReadVocabulary(JsonPart part)
    {
        part.Expect(JsonValueKind.Object);
        Dictionary<string, int> ids = new(part.Value.GetPropertyCount());
        foreach (JsonProperty property in part.Value.EnumerateObject())
        {
            string token;
            try
            {
                token = property.Name;
            }
            catch (InvalidOperationException)
            {
                throw part.Fail($"the token before id {property.Value.GetRawText()} is not valid Unicode.");
            }
            int id = property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetInt32(out int number) && number >= 0
                ? number
                : new JsonPart(property.Value, part.File, $"{part.Path}[\"{token}\"]").Id();
            if (!ids.TryAdd(token, id))
                throw part.Fail($"the token \"{token}\" stands twice.");
        }
        return ids;
    }

    private static MergeTable ReadMerges(JsonPart part, Dictionary<string, int> ids)
    {
        part.Expect(JsonValueKind.Array);
        List<(int Left, int Right, int Result)> merges = new(part.Value.GetArrayLength());
        int index = 0;
        foreach (JsonElement item in part.Value.EnumerateArray())
        {
            JsonPart place = new(item, part.File, "$.model.merges");
            InputException Fail(string problem) => (place with { Path = $"{part.Path}[{index}]" }).Fail(problem);
            (string left, string right) = Halves(place, Fail);
            int Id(string token) => ids.TryGetValue(token, out int id)
                ? id
                : throw Fail($"the merge of \"{left}\" and \"{right}\" names or makes the token \"{token}\", which is not in the vocabulary.");
            merges.Add((Id(left), Id(right), Id(left + right)));
            index++;
        }
        return new MergeTable(merges);
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
