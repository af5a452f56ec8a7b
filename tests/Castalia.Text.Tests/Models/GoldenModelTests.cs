using System.Text;
using System.Text.Json;

namespace Castalia.Text.Tests.Models;

/// <summary>What HF tokenizers 0.23.2 makes of 393 strings with 35 small tokenizers, each with another model or flag.</summary>
public sealed class GoldenModelTests
{
    private static readonly JsonElement File = JsonDocument.Parse(TokenizerFixtures.Bytes("golden", "models.tokenizers.json.zst")).RootElement;

    private static readonly ILookup<string, JsonElement> Goldens =
        TokenizerFixtures.Lines("golden", "models.jsonl.zst").ToLookup(golden => golden.GetProperty("model").GetString()!);

    private static readonly string[] Texts =
        [.. TokenizerFixtures.NastyStrings.Values, .. File.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!)];

    public static TheoryData<string> Names => [.. File.GetProperty("tokenizers").EnumerateObject().Select(tokenizer => tokenizer.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Texts_have_the_tokens_of_HF(string name)
    {
        Tokenizer tokenizer = Parse(name, "given");
        List<string> wrong = [];
        int count = 0;
        foreach (JsonElement golden in Goldens[name])
        {
            string text = TextOf(name, golden.GetProperty("text").GetInt32());
            if (Difference(golden, tokenizer, text) is string difference)
                wrong.Add($"\"{text}\": {difference}");
            count++;
        }
        Assert.Equal(Texts.Length, count);
        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n" + string.Join("\n", wrong.Take(8)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Files_are_written_as_HF_writes_them(string name)
    {
        string saved = File.GetProperty("tokenizers").GetProperty(name).GetProperty("saved").GetString()!;
        Assert.Equal(saved, Encoding.UTF8.GetString(Parse(name, "given").ToJson()));
    }

    private static Tokenizer Parse(string name, string which) =>
        Tokenizer.Parse(Encoding.UTF8.GetBytes(File.GetProperty("tokenizers").GetProperty(name).GetProperty(which).GetString()!), name);

    /// <summary>Tokenizers of SentencePiece's kind were given the text with word marks in place of spaces.</summary>
    private static string TextOf(string name, int index) =>
        File.GetProperty("marked").EnumerateArray().Any(marked => marked.GetString() == name)
            ? "\u2581" + Texts[index].Replace(' ', '\u2581')
            : Texts[index];

    private static string? Difference(JsonElement golden, Tokenizer tokenizer, string text)
    {
        TokenEncoding encoding = tokenizer.EncodeFull(text);
        if (GoldenEncoding.Difference(golden, encoding) is string difference)
            return difference;
        // What the golden file leaves out is as one expects.
        if (!golden.TryGetProperty("tokens", out _) && !encoding.Tokens.SequenceEqual(encoding.Ids.Select(id => tokenizer.IdToToken(id)!)))
            return "tokens are not called by their names";
        if (!golden.TryGetProperty("word_ids", out _) && encoding.WordIds.Any(word => word != 0))
            return "more than one word";
        if (!golden.TryGetProperty("special_mask", out _) && encoding.SpecialTokensMask.Any(special => special))
            return "special tokens";
        string decoded = golden.TryGetProperty("decoded", out JsonElement said) ? said.GetString()! : string.Join(' ', encoding.Tokens);
        int[] ids = [.. encoding.Ids];
        if (tokenizer.Decode(ids) != decoded)
            return $"decoded \"{tokenizer.Decode(ids)}\" instead of \"{decoded}\"";
        return tokenizer.Encode(text).SequenceEqual(ids) ? null : $"ids alone {string.Join(' ', tokenizer.Encode(text))} instead of {string.Join(' ', ids)}";
    }
}
