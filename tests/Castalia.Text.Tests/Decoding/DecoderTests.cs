using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Castalia.Text.Decoding;
using Castalia.Text.TokenizerJson;
using CsCheck;
using Decoder = Castalia.Text.Decoding.Decoder;

namespace Castalia.Text.Tests.Decoding;

/// <summary>Every decoder against HF tokenizers 0.23.2, and decoding as tokens come against decoding at once.</summary>
public sealed class DecoderTests
{
    private const string Llama = """
        {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
          {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
        """;

    private static readonly JsonElement[] Golden = [.. TokenizerFixtures.Lines("golden", "decoders.jsonl.zst")];

    private static readonly string[][] Lists =
        [.. Golden[0].GetProperty("lists").EnumerateArray().Select(list => list.EnumerateArray().Select(token => token.GetString()!).ToArray())];

    private static readonly string[] Vocabulary = [.. Lists.SelectMany(list => list).Distinct()];

    private static readonly Gen<string[]> AnyTokens = Gen.Int[0, Vocabulary.Length - 1].Select(i => Vocabulary[i]).Array[0, 12];

    public static TheoryData<string> Definitions => [.. Golden[1..].Select(golden => golden.GetProperty("definition").GetRawText()).Distinct()];

    [Fact]
    public void Tokens_decode_as_in_HF_and_the_file_is_its()
    {
        List<string> wrong = [];
        int count = 0;
        foreach (JsonElement golden in Golden[1..])
        {
            string definition = golden.GetProperty("definition").GetRawText();
            Decoder decoder = Read(definition);
            if (!JsonNode.DeepEquals(JsonNode.Parse(golden.GetProperty("written").GetRawText()), Written(decoder)))
                wrong.Add($"{definition} is written {Written(decoder).ToJsonString()}");
            foreach ((JsonElement text, string[] tokens) in golden.GetProperty("texts").EnumerateArray().Zip(Lists))
            {
                // HF 0.23.2 aborts where Strip takes more off the end of a token than it has.
                if (text.ValueKind == JsonValueKind.Null)
                    continue;
                count++;
                string found = string.Concat(Decode(decoder, tokens, _ => 0));
                if (found != text.GetString())
                    wrong.Add($"{definition} {JsonSerializer.Serialize(tokens)}: {JsonSerializer.Serialize(found)} instead of {text.GetRawText()}");
            }
        }
        Assert.True(count > 8500);
        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n{string.Join('\n', wrong.Take(10))}");
    }

    /// <summary>Stages get tokens in fragments from those before them; here from the first on.</summary>
    [Theory]
    [MemberData(nameof(Definitions))]
    public void Tokens_in_fragments_decode_as_whole_ones(string definition)
    {
        Decoder decoder = Read(definition);
        Gen.Select(AnyTokens, Gen.Int[0, int.MaxValue]).Sample((tokens, seed) =>
        {
            Random random = new(seed);
            List<string> pieces = Decode(decoder, tokens, length => random.Next(length + 1));
            Assert.All(pieces, AssertWhole);
            Assert.Equal(string.Concat(Decode(decoder, tokens, _ => 0)), string.Concat(pieces));
        }, iter: 300);
    }

    [Theory]
    [MemberData(nameof(Definitions))]
    public void Ids_one_by_one_give_the_text_of_all_at_once(string definition)
    {
        Tokenizer tokenizer = Tokenizer(definition);
        Gen.Select(Gen.OneOf(Gen.Int[-2, Vocabulary.Length + 3], Gen.Int[0, Vocabulary.Length - 1]).Array[0, 20], Gen.Bool).Sample((ids, skip) =>
        {
            TokenDecoder decoder = tokenizer.CreateDecoder(skip);
            for (int round = 0; round < 2; round++)
            {
                string[] pieces = [.. ids.Select(decoder.Append), decoder.Finish()];
                Assert.All(pieces, AssertWhole);
                Assert.Equal(tokenizer.Decode(ids, skip), string.Concat(pieces));
            }
        }, iter: 300);
    }

    /// <summary>Llama's decoder: nothing waits for the end but bytes, and these no longer than their run.</summary>
    [Fact]
    public void Text_comes_as_soon_as_it_is_certain()
    {
        Tokenizer tokenizer = Tokenizer(Llama);
        AnyTokens.Sample(tokens =>
        {
            TokenDecoder decoder = tokenizer.CreateDecoder();
            StringBuilder text = new();
            List<int> ids = [];
            foreach (string token in tokens)
            {
                ids.Add(Array.IndexOf(Vocabulary, token));
                text.Append(decoder.Append(ids[^1]));
                if (!token.StartsWith("<0x", StringComparison.Ordinal))
                    Assert.Equal(tokenizer.Decode([.. ids]), text.ToString());
            }
        });
    }

    [Theory]
    [InlineData("""{"type": "Fuse"}""", new[] { "a", "ab" }, new[] { "a", "ab", "" })]
    [InlineData("""{"type": "BPEDecoder", "suffix": "</w>"}""", new[] { "a", "a</w>", "ab" }, new[] { "a", "a", " ab", "" })]
    [InlineData("""{"type": "ByteFallback"}""", new[] { "<0xE6>", "<0xBC>", "<0xA2>", "a", "<0xFF>" }, new[] { "", "", "", "漢a", "", "\ufffd" })]
    [InlineData("""{"type": "Sequence", "decoders": [{"type": "Fuse"}, {"type": "Replace", "pattern": {"String": "aba"}, "content": "X"}]}""",
        new[] { "a", "b", "b", "ab", "ab" }, new[] { "", "", "abb", "", "Xb", "" })]
    [InlineData("""{"type": "Sequence", "decoders": [{"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 0, "stop": 1}]}""",
        new[] { "a ", " a", " " }, new[] { "a", "  a", "", "" })]
    public void Each_decoder_holds_back_no_more_than_it_must(string definition, string[] tokens, string[] pieces)
    {
        Tokenizer tokenizer = Tokenizer(definition);
        TokenDecoder decoder = tokenizer.CreateDecoder();
        string[] found = [.. tokens.Select(token => decoder.Append(Array.IndexOf(Vocabulary, token))), decoder.Finish()];
        Assert.Equal(pieces, found);
    }

    /// <summary>0.23.2 aborts here; later versions give what is left after the start has been stripped.</summary>
    [Theory]
    [InlineData(1, 1, " ", "")]
    [InlineData(2, 2, "   ", "")]
    [InlineData(0, 3, "", "")]
    [InlineData(1, 1, "   ", " ")]
    [InlineData(ulong.MaxValue, ulong.MaxValue, "  a ", "a")]
    public void Strip_takes_no_more_than_there_is(ulong start, ulong stop, string token, string expected)
    {
        Decoder decoder = Read($$"""{"type": "Strip", "content": " ", "start": {{start}}, "stop": {{stop}}}""");
        Assert.Equal(expected, string.Concat(Decode(decoder, [token], _ => 0)));
        Assert.Equal(expected, string.Concat(Decode(decoder, [token], _ => 1)));
    }

    [Theory]
    [InlineData("""{"type": "BPEDecoder"}""", "\"suffix\" is missing")]
    [InlineData("""{"type": "WordPiece", "prefix": "##"}""", "\"cleanup\" is missing")]
    [InlineData("""{"type": "WordPiece", "cleanup": true}""", "\"prefix\" is missing")]
    [InlineData("""{"type": "Metaspace"}""", "\"replacement\" is missing")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "add_prefix_space": false}""", "not \"never\"")]
    [InlineData("""{"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|"}""", "\"cleanup\" is missing")]
    [InlineData("""{"type": "CTC", "pad_token": 1, "word_delimiter_token": "|", "cleanup": true}""", "expected a string")]
    [InlineData("""{"type": "Replace", "pattern": "a", "content": "b"}""", "an object")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": "["}, "content": "b"}""", "the pattern [ cannot be used")]
    [InlineData("""{"type": "Replace", "pattern": {"String": "a"}}""", "\"content\" is missing")]
    [InlineData("""{"type": "Strip", "content": "ab", "start": 1, "stop": 0}""", "one character")]
    [InlineData("""{"type": "Strip", "content": " ", "start": -1, "stop": 0}""", "whole number")]
    [InlineData("""{"type": "Strip", "content": " ", "start": 1.0, "stop": 0}""", "whole number")]
    [InlineData("""{"type": "Strip", "content": " ", "start": 1}""", "\"stop\" is missing")]
    [InlineData("""{"type": "Strip", "strip_left": true, "strip_right": true}""", "\"content\" is missing")]
    [InlineData("""{"type": "Sequence"}""", "\"decoders\" is missing")]
    [InlineData("""{"type": "Sequence", "decoders": [null]}""", "an object")]
    [InlineData("""{"type": "DecodeStream"}""", "the decoder DecodeStream is not supported")]
    [InlineData("""{"replacement": "▁"}""", "\"type\" is missing")]
    public void What_is_no_decoder_is_refused(string json, string problem) =>
        Assert.Contains(problem, Assert.Throws<InputException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Decoders_that_make_more_and_more_are_stopped()
    {
        foreach (string growing in (string[])[
            """{"type": "Replace", "pattern": {"String": "a"}, "content": "aaaa"}""",
            """{"type": "Replace", "pattern": {"Regex": "a"}, "content": "aaaa"}""",
            """{"type": "BPEDecoder", "suffix": ""}"""])
        {
            Decoder decoder = Read($$"""{"type": "Sequence", "decoders": [{{string.Join(", ", Enumerable.Repeat(growing, 60))}}]}""");
            InputException error = Assert.Throws<InputException>(() => Decode(decoder, ["a", "b"], _ => 0));
            Assert.Contains("longer than", error.Problem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Long_sequences_of_decoders_are_refused()
    {
        string many = $$"""{"type": "Sequence", "decoders": [{{string.Join(", ", Enumerable.Repeat("""{"type": "Fuse"}""", 200))}}]}""";
        Assert.Equal(2, Decode(Read(many), ["a", "b"], _ => 0).Count(piece => piece.Length > 0));
        InputException error = Assert.Throws<InputException>(() => Read($$"""{"type": "Sequence", "decoders": [{{many}}, {{many}}]}"""));
        Assert.Contains("more than 256", error.Problem, StringComparison.Ordinal);
        Assert.Equal("$.decoders", error.Place);
    }

    private static Decoder Read(string json) => DecoderReader.Read(new JsonPart(JsonDocument.Parse(json).RootElement, "test", "$"));

    private static JsonNode Written(Decoder decoder)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
            decoder.Write(json);
        return JsonNode.Parse(stream.ToArray())!;
    }

    /// <summary>A tokenizer with the golden lists' tokens and a special one, whose ids are their places.</summary>
    private static Tokenizer Tokenizer(string decoder)
    {
        JsonObject vocabulary = [];
        foreach (string token in Vocabulary)
            vocabulary[token] = vocabulary.Count;
        JsonObject file = new()
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(new JsonObject { ["id"] = Vocabulary.Length, ["content"] = "<special>", ["special"] = true, ["normalized"] = false,
                ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false }),
            ["decoder"] = JsonNode.Parse(decoder),
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = new JsonArray() },
        };
        return Castalia.Text.Tokenizer.Parse(JsonSerializer.SerializeToUtf8Bytes(file), "test");
    }

    /// <summary>What a decoder hands on, piece by piece.</summary>
    /// <param name="decoder">The decoder.</param>
    /// <param name="tokens">The tokens.</param>
    /// <param name="cuts">How many fragments before the last a token of so many characters is given in.</param>
    private static List<string> Decode(Decoder decoder, IEnumerable<string> tokens, Func<int, int> cuts)
    {
        Collector collector = new();
        DecoderStage stage = decoder.CreateStage(collector);
        foreach (string token in tokens)
        {
            string[] characters = [.. token.EnumerateRunes().Select(rune => rune.ToString())];
            int fragments = cuts(characters.Length), from = 0;
            for (int i = 0; i < fragments; i++)
            {
                int to = from + ((characters.Length - from) / (fragments - i + 1));
                stage.Push(string.Concat(characters[from..to]), startsToken: i == 0, endsToken: false);
                from = to;
            }
            stage.Push(string.Concat(characters[from..]), startsToken: fragments == 0, endsToken: true);
        }
        stage.Finish();
        Assert.True(collector.Finished && !collector.InToken);
        return collector.Pieces;
    }

    private static void AssertWhole(string piece) => Assert.Equal(piece, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(piece)));

    /// <summary>Holds stages to their contract: tokens begin and end in turn.</summary>
    private sealed class Collector : DecoderStage
    {
        public List<string> Pieces { get; } = [];

        public bool InToken { get; private set; }

        public bool Finished { get; private set; }

        public override void Push(string text, bool startsToken, bool endsToken)
        {
            Assert.Equal(!InToken, startsToken);
            InToken = !endsToken;
            Pieces.Add(text);
        }

        public override void Finish() => Finished = true;
    }
}
