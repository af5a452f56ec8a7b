using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Castalia.Text.Tests;

/// <summary>All that HF tokenizers 0.23.2 says of each token: names, places, words, masks.</summary>
public sealed class FullEncodingTests
{
    [Theory]
    [InlineData("gpt2")]
    [InlineData("gpt-neox-20b")]
    [InlineData("dolma2")]
    public void Nasty_strings_have_the_tokens_and_offsets_of_HF(string name)
    {
        Tokenizer tokenizer = TokenizerFixtures.Load(name);
        List<string> wrong = [];
        foreach (JsonElement golden in TokenizerFixtures.Lines("golden", $"{name}.nasty.jsonl.zst"))
        {
            string id = golden.GetProperty("id").GetString()!;
            if (GoldenEncoding.Difference(golden, tokenizer.EncodeFull(TokenizerFixtures.NastyStrings[id])) is string difference)
                wrong.Add($"{id}: {difference}");
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n" + string.Join("\n", wrong.Take(8)));
    }

    [Fact]
    public void Post_processing_truncation_and_padding_of_texts_and_pairs_are_those_of_HF()
    {
        JsonNode parts = JsonNode.Parse(TokenizerFixtures.Bytes("golden", "encodings.parts.json.zst"))!;
        JsonNode model = JsonNode.Parse(TokenizerFixtures.Bytes("golden", "variants.tokenizers.json.zst"))!["flags"]!["model"]!;
        Dictionary<string, Tokenizer> tokenizers = [];
        List<string> wrong = [];
        int count = 0;
        foreach (JsonElement golden in TokenizerFixtures.Lines("golden", "encodings.jsonl.zst"))
        {
            count++;
            string post = golden.GetProperty("post").GetString()!, truncation = golden.GetProperty("truncation").GetString()!;
            string padding = golden.GetProperty("padding").GetString()!;
            bool prefix = golden.GetProperty("prefix").GetBoolean();
            string name = $"{post} {truncation} {padding} {prefix}";
            if (!tokenizers.TryGetValue(name, out Tokenizer? tokenizer))
                tokenizers[name] = tokenizer = Parse(parts, model, post, truncation, padding, prefix);
            JsonNode texts = parts["texts"]![golden.GetProperty("text").GetInt32()]!;
            EncodeOptions options = golden.GetProperty("special").GetBoolean() ? EncodeOptions.None : EncodeOptions.WithoutPostProcessor;
            string? difference = Compare(golden, tokenizer, texts[0]!.GetValue<string>(), texts[1]?.GetValue<string>(), options);
            if (difference is not null)
                wrong.Add($"{name} \"{texts[0]}\" \"{texts[1]}\" {options}: {difference}");
        }
        Assert.Equal(1908, count);
        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n" + string.Join("\n", wrong.Take(8)));
    }

    private static string? Compare(JsonElement golden, Tokenizer tokenizer, string text, string? pair, EncodeOptions options)
    {
        if (golden.TryGetProperty("error", out _))
        {
            InputException error = Assert.Throws<InputException>(() => tokenizer.EncodeFull(text, pair, options));
            return error.File == "truncation" ? null : error.Message;
        }
        TokenEncoding encoding = tokenizer.EncodeFull(text, pair, options);
        // The ids alone are those of the whole encoding, by whichever way they are made.
        if (pair is null && !tokenizer.Encode(text, options).SequenceEqual(encoding.Ids))
            return $"ids alone: {string.Join(' ', tokenizer.Encode(text, options))}";
        return GoldenEncoding.Difference(golden, encoding);
    }

    private static Tokenizer Parse(JsonNode parts, JsonNode model, string post, string truncation, string padding, bool prefix)
    {
        JsonObject file = new()
        {
            ["version"] = "1.0",
            ["truncation"] = parts["truncs"]![truncation]?.DeepClone(),
            ["padding"] = parts["pads"]![padding]?.DeepClone(),
            ["added_tokens"] = parts["added"]!.DeepClone(),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = prefix, ["trim_offsets"] = true, ["use_regex"] = true },
            ["post_processor"] = parts["posts"]![post]?.DeepClone(),
            ["decoder"] = null,
            ["model"] = model.DeepClone(),
        };
        return Tokenizer.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()));
    }
}
