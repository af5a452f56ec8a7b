using System.Text;
using System.Text.Json;
using Castalia.Testing;
using Castalia.Text.Tests.Importing;

namespace Castalia.Text.Tests.Description;

/// <summary>What a tokenizer says of itself.</summary>
public sealed class DescriptionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gpt2")]
    [InlineData("gpt-neox-20b")]
    [InlineData("dolma2")]
    public void Parts_are_those_of_the_file(string name)
    {
        JsonElement file = JsonDocument.Parse(TokenizerFixtures.Bytes($"{name}.tokenizer.json.zst")).RootElement;
        TokenizerDescription description = TokenizerFixtures.Load(name).Describe();
        Assert.Equal(file.GetProperty("model").GetProperty("type").GetString(), description.Model);
        Assert.Equal(file.GetProperty("model").GetProperty("vocab").EnumerateObject().Count(), description.Vocabulary.ModelTokens);
        Assert.Equal(file.GetProperty("model").GetProperty("merges").GetArrayLength(), description.Merges);
        Assert.Equal(file.GetProperty("added_tokens").GetArrayLength(), description.AddedTokens.Count);
        foreach ((string key, JsonElement? part) in new[]
        {
            ("normalizer", description.Normalizer), ("pre_tokenizer", description.PreTokenizer),
            ("post_processor", description.PostProcessor), ("decoder", description.Decoder),
        })
        {
            JsonElement expected = file.GetProperty(key);
            Assert.Equal(expected.ValueKind == JsonValueKind.Null, part is null);
            if (part is { } found)
                Assert.Equal(expected.GetProperty("type").GetString(), found.GetProperty("type").GetString());
        }
        Assert.False(description.ModelSettings.TryGetProperty("vocab", out _));
        Assert.True(description.ModelSettings.TryGetProperty("byte_fallback", out _));
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("gpt-neox-20b")]
    [InlineData("dolma2")]
    public void No_text_has_a_token_that_is_called_unreachable(string name)
    {
        Tokenizer tokenizer = TokenizerFixtures.Load(name);
        HashSet<int> unreachable = [.. tokenizer.Describe().Vocabulary.Unreachable!];
        IEnumerable<string> texts = TokenizerFixtures.Lines("golden", "documents.jsonl.zst").Select(line => line.GetProperty("text").GetString()!)
            .Concat(TokenizerFixtures.NastyStrings.Values);
        foreach (string text in texts)
            Assert.DoesNotContain(tokenizer.Encode(text), unreachable.Contains);
    }

    [Fact]
    public void No_text_has_an_unreachable_token_whatever_the_model()
    {
        JsonElement Parsed(string file) => JsonDocument.Parse(TokenizerFixtures.Bytes("golden", file)).RootElement;
        Dictionary<string, Tokenizer> tokenizers = [];
        foreach (JsonProperty variant in Parsed("variants.tokenizers.json.zst").EnumerateObject())
            tokenizers.Add(variant.Name, Tokenizer.Parse(Encoding.UTF8.GetBytes(variant.Value.GetRawText()), variant.Name));
        foreach (JsonProperty model in Parsed("models.tokenizers.json.zst").GetProperty("tokenizers").EnumerateObject())
            tokenizers.Add("model " + model.Name, Tokenizer.Parse(Encoding.UTF8.GetBytes(model.Value.GetProperty("given").GetString()!), model.Name));
        foreach ((string name, byte[] file) in SentencePieceModels.Files)
        {
            string path = Path.Combine(_folder.Path, name + ".model");
            File.WriteAllBytes(path, file);
            tokenizers.Add(name, Tokenizer.Load(path));
        }
        int known = 0;
        foreach ((string name, Tokenizer tokenizer) in tokenizers)
        {
            TokenizerDescription description = tokenizer.Describe();
            Assert.NotEmpty(description.Model);
            Assert.Equal(tokenizer.DescribeTokens().Count, description.Vocabulary.Tokens);
            if (description.Vocabulary.Unreachable is not { } ids)
                continue;
            known++;
            HashSet<int> unreachable = [.. ids];
            foreach (string text in TokenizerFixtures.NastyStrings.Values)
                Assert.False(tokenizer.Encode(text).Any(unreachable.Contains), $"{name}: {text}");
        }
        Assert.True(known > 10);
    }

    [Fact]
    public void Tokens_that_nothing_leads_to_are_unreachable()
    {
        // "abc" has no merge; "b c" would need one across a space, which the pre-tokenizer cuts; "e" + U+0301 is composed by NFC.
        Tokenizer tokenizer = Train(["Ġ", "a", "b", "c", "e", "Ì", "ģ", "ab", "abc", "bĠ", "bĠc", "Ìģ", "eÌģ"],
            [("a", "b"), ("b", "Ġ"), ("bĠ", "c"), ("Ì", "ģ"), ("e", "Ìģ")]);
        string[] unreachable = [.. tokenizer.Describe().Vocabulary.Unreachable!.Select(id => tokenizer.IdToToken(id)!)];
        Assert.Equal(["abc", "bĠ", "bĠc", "eÌģ"], unreachable);
    }

    [Fact]
    public void Bytes_without_a_token_and_parts_of_characters_are_named()
    {
        VocabularyDescription vocabulary = TokenizerFixtures.Load("gpt2").Describe(3).Vocabulary;
        Assert.Empty(vocabulary.MissingBytes);
        Assert.Equal(0, vocabulary.Holes);
        Assert.Equal(50_257, vocabulary.Tokens);
        Assert.Equal(3, vocabulary.Longest.Count);
        Assert.Equal(128, vocabulary.Longest[0].Length);
        // 128 bytes alone are no characters; no token of ASCII is among them.
        Assert.InRange(vocabulary.NotUtf8.Count, 128, 1000);
        Assert.Equal("Latin", vocabulary.Scripts[0].Script);
        Assert.Contains(vocabulary.Scripts, script => script is { Script: "Cyrillic", Tokens: > 10 });

        string json = """{"version":"1.0","added_tokens":[],"model":{"type":"BPE","vocab":{"a":0,"b":1,"<0x41>":4},"merges":[],"byte_fallback":true}}""";
        VocabularyDescription small = Tokenizer.Parse(Encoding.UTF8.GetBytes(json)).Describe().Vocabulary;
        Assert.Equal(2, small.Holes);
        Assert.Equal(256 - 3, small.MissingBytes.Count);
        Assert.DoesNotContain(0x41, small.MissingBytes);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("dolma2")]
    public void The_bytes_of_tokens_put_together_are_the_text(string name)
    {
        Tokenizer tokenizer = TokenizerFixtures.Load(name);
        Dictionary<int, ReadOnlyMemory<byte>> bytes = tokenizer.DescribeTokens().ToDictionary(token => token.Id, token => token.Bytes);
        foreach (string text in TokenizerFixtures.NastyStrings.Values)
        {
            byte[] together = [.. tokenizer.Encode(text, EncodeOptions.SpecialTokensAsText).SelectMany(id => bytes[id].ToArray())];
            Assert.Equal(text, Encoding.UTF8.GetString(together));
        }
    }

    [Theory]
    [InlineData("Hello, 世界 world", "Latin")]
    [InlineData("世界人权宣言", "Han")]
    [InlineData("Всеобщая декларация", "Cyrillic")]
    [InlineData("ひらがなとカナ", "Hiragana")]
    [InlineData("𐌰𐌱", "Gothic")]
    [InlineData("aбвa", "Cyrillic")] // as many of each: Cyrl comes before Latn
    [InlineData("12 + 30 = 42", null)]
    [InlineData("", null)]
    public void The_script_of_a_text_is_that_of_most_of_its_letters(string text, string? script) => Assert.Equal(script, Script.Dominant(text));

    private static Tokenizer Train(string[] tokens, (string, string)[] merges)
    {
        string vocabulary = JsonSerializer.Serialize(tokens.Index().ToDictionary(pair => pair.Item, pair => pair.Index));
        string pairs = JsonSerializer.Serialize(merges.Select(merge => new[] { merge.Item1, merge.Item2 }));
        // The alphabet is whole, so that the model works on bytes.
        string all = JsonSerializer.Serialize(ByteAlphabet.CharacterOf.Select(c => c.ToString()).Except(tokens).Index().ToDictionary(pair => pair.Item, pair => 100 + pair.Index));
        string json = $$"""
            {"version":"1.0","added_tokens":[],"normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},
            "decoder":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},
            "model":{"type":"BPE","vocab":{{vocabulary[..^1]}},{{all[1..]}},"merges":{{pairs}} } }
            """;
        return Tokenizer.Parse(Encoding.UTF8.GetBytes(json));
    }
}
