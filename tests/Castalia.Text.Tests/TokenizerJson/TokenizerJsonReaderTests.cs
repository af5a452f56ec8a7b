using System.Text;
using System.Text.Json.Nodes;
using Castalia.Testing;
using CsCheck;

namespace Castalia.Text.Tests.TokenizerJson;

/// <summary>Files that are not what they have to be.</summary>
public sealed class TokenizerJsonReaderTests
{
    private static readonly byte[] Sound = TokenizerTrainer.Train(
        ["the cat and the hat"], new TrainerOptions { VocabularySize = 262, SpecialTokens = ["<|endoftext|>"] }).ToJson();

    [Fact]
    public void A_published_file_loads_from_disk()
    {
        using TemporaryFolder folder = new();
        string path = folder["tokenizer.json"];
        File.WriteAllBytes(path, TokenizerFixtures.Bytes("gpt-neox-20b.tokenizer.json.zst"));
        Tokenizer tokenizer = Tokenizer.Load(path);
        Assert.Equal(50_277, tokenizer.VocabularySize);
        Assert.Equal(0, tokenizer.EndOfTextId);
        Assert.True(tokenizer.IsSpecial(1));
        Assert.Equal("Hello world", tokenizer.Decode(tokenizer.Encode("Hello world")));
    }

    [Fact]
    public void A_file_that_is_missing_or_a_folder_is_named()
    {
        using TemporaryFolder folder = new();
        Assert.Equal(folder["none.json"], Assert.Throws<InputException>(() => Tokenizer.Load(folder["none.json"])).File);
        Assert.Equal(folder.Path, Assert.Throws<InputException>(() => Tokenizer.Load(folder.Path)).File);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"the\": 0, \"cat\": 1}")]
    [InlineData("{\"model\": null}")]
    [InlineData("{\"model\": 1, \"pre_tokenizer\": {\"type\": \"ByteLevel\"}}")]
    public void What_is_not_a_tokenizer_file_is_refused(string contents) =>
        Assert.Throws<InputException>(() => Tokenizer.Parse(Encoding.UTF8.GetBytes(contents)));

    [Fact]
    public void A_file_cut_short_anywhere_is_refused()
    {
        for (int length = 0; length < Sound.Length; length += 37)
        {
            InputException error = Assert.Throws<InputException>(() => Tokenizer.Parse(Sound.AsMemory(0, length), "cut.json"));
            Assert.Equal("cut.json", error.File);
            Assert.NotNull(error.Place);
        }
    }

    [Theory]
    [InlineData("$.model.vocab.the", "5", "both have id 5")]
    [InlineData("$.model.vocab.the", "99999999", "ids go up to")]
    [InlineData("$.model.vocab.the", "-1", "expected a token id")]
    [InlineData("$.model.vocab.the", "1.5", "expected a token id")]
    [InlineData("$.model.vocab.the", "\"7\"", "expected a token id")]
    [InlineData("$.model.vocab.the", "99999999999", "expected a token id")]
    [InlineData("$.model.merges[0]", "[\"t\", \"never\"]", "\"never\"")]
    [InlineData("$.model.merges[0]", "\"t never\"", "\"never\"")]
    [InlineData("$.model.merges[0]", "[\"z\", \"z\"]", "\"zz\"")]
    [InlineData("$.model.merges[0]", "\"th\"", "expected a merge")]
    [InlineData("$.model.merges[0]", "\"t h e\"", "expected a merge")]
    [InlineData("$.model.merges[0]", "[\"t\"]", "expected a merge")]
    [InlineData("$.model.merges[0]", "3", "expected a merge")]
    [InlineData("$.model.merges", "{}", "expected an array")]
    [InlineData("$.model.vocab", "[]", "expected an object")]
    [InlineData("$.model.type", "\"Magic\"", "the model Magic")]
    [InlineData("$.model.dropout", "0.1", "dropout")]
    [InlineData("$.model.ignore_merges", "\"yes\"", "expected true or false")]
    [InlineData("$.normalizer", "{\"type\": \"Magic\"}", "the normalizer Magic")]
    [InlineData("$.normalizer", "{\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"Magic\"}]}", "the normalizer Magic")]
    [InlineData("$.normalizer", "{}", "\"type\" is missing")]
    [InlineData("$.pre_tokenizer", "{\"type\": \"Magic\"}", "the pre-tokenizer Magic")]
    [InlineData("$.pre_tokenizer", "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Magic\"}, {\"type\": \"ByteLevel\"}]}", "the pre-tokenizer Magic")]
    [InlineData("$.pre_tokenizer", "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Split\", \"pattern\": {\"Regex\": \"x+\"}, \"behavior\": \"Isolated\"}, {\"type\": \"ByteLevel\"}]}", "x+")]
    [InlineData("$.pre_tokenizer", "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Split\", \"pattern\": {\"String\": \" \"}, \"behavior\": \"Isolated\"}, {\"type\": \"ByteLevel\"}]}", "fixed string")]
    [InlineData("$.post_processor", "{\"type\": \"Magic\"}", "Magic")]
    [InlineData("$.post_processor", "{\"type\": \"RobertaProcessing\", \"cls\": [], \"sep\": []}", "expected a token and its id")]
    [InlineData("$.post_processor", "{\"type\": \"RobertaProcessing\", \"cls\": [\"a\", 9999], \"sep\": [\"a\", 1]}", "9999")]
    [InlineData("$.decoder", "{\"type\": \"Magic\"}", "the decoder Magic")]
    [InlineData("$.truncation", "{\"max_length\": 512}", "\"stride\" is missing")]
    [InlineData("$.padding", "{}", "\"strategy\" is missing")]
    [InlineData("$.version", "\"2.0\"", "\"2.0\"")]
    [InlineData("$.added_tokens[0].id", "7", "elsewhere")]
    [InlineData("$.added_tokens[0].content", "\"\"", "no content")]
    [InlineData("$.added_tokens[0].content", "\"\\ud800\"", "valid Unicode")]
    [InlineData("$.added_tokens[0].content", "\"new\"", "the next id free")]
    [InlineData("$.added_tokens", "3", "expected an array")]
    public void What_is_wrong_or_not_supported_is_named_with_its_place(string path, string value, string problem)
    {
        JsonNode root = JsonNode.Parse(Sound)!;
        string raw = root.ToJsonString();
        string[] steps = path[2..].Replace("[", ".[", StringComparison.Ordinal).Split('.');
        JsonNode parent = root;
        foreach (string step in steps[..^1])
            parent = step[0] == '[' ? parent[int.Parse(step[1..^1])]! : parent[step]!;
        // Placed as raw text: a node cannot hold a lone surrogate.
        JsonNode mark = JsonValue.Create("@@here@@");
        if (steps[^1][0] == '[')
            parent[int.Parse(steps[^1][1..^1])] = mark;
        else
            parent[steps[^1]] = mark;
        byte[] contents = Encoding.UTF8.GetBytes(root.ToJsonString().Replace("\"@@here@@\"", value, StringComparison.Ordinal));
        InputException error = Assert.Throws<InputException>(() => Tokenizer.Parse(contents, "bad.json"));
        Assert.Equal("bad.json", error.File);
        Assert.StartsWith("$", error.Place);
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
        Assert.NotEmpty(error.Remedy);
        Tokenizer.Parse(Encoding.UTF8.GetBytes(raw));
    }

    [Fact]
    public void A_token_that_stands_twice_is_named()
    {
        string contents = Encoding.UTF8.GetString(Sound).Replace("\"!\": 1,", "\"!\": 1, \"!\": 1,", StringComparison.Ordinal);
        Assert.Contains("stands twice", Assert.Throws<InputException>(() => Tokenizer.Parse(Encoding.UTF8.GetBytes(contents))).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_bytes_give_a_tokenizer_or_an_error_that_says_where()
    {
        Gen.Select(Gen.Int[0, Sound.Length - 1], Gen.Byte, Gen.Int[0, 3]).List[1, 4].Sample(
            damage =>
            {
                List<byte> bytes = [.. Sound];
                foreach ((int at, byte value, int kind) in damage)
                {
                    int place = Math.Min(at, bytes.Count - 1);
                    if (kind == 0)
                        bytes.RemoveAt(place);
                    else if (kind == 1)
                        bytes.Insert(place, value);
                    else
                        bytes[place] = kind == 2 ? value : (byte)('0' + (value % 10));
                }
                try
                {
                    Tokenizer tokenizer = Tokenizer.Parse(bytes.ToArray());
                    tokenizer.Decode(tokenizer.Encode("the cat <|endoftext|> é 12"));
                }
                catch (InputException error)
                {
                    Assert.NotNull(error.Place);
                }
            },
            iter: 2000);
    }
}
