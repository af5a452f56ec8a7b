using System.Text.Json;
using System.Text.Json.Nodes;
using Castalia.Text.PreTokenization;
using Castalia.Text.Unicode;

namespace Castalia.Text.Tests.PreTokenization;

/// <summary>Every pre-tokenizer against HF tokenizers 0.23.2: pieces, where they come from, the file.</summary>
public sealed class PreTokenizationTests
{
    private const string Metaspace = """{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "SCHEME", "split": true}""";

    private const string Split = """{"type": "Split", "pattern": {"String": " "}, "behavior": "BEHAVIOR", "invert": false}""";

    [Fact]
    public void Nasty_strings_are_cut_into_the_words_of_HF()
    {
        Dictionary<string, string> definitions = new()
        {
            ["ByteLevel"] = """{"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}""",
            ["ByteLevel(noregex)"] = """{"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}""",
            ["ByteLevel(prefix)"] = """{"type": "ByteLevel", "add_prefix_space": true}""",
            ["Whitespace"] = """{"type": "Whitespace"}""",
            ["WhitespaceSplit"] = """{"type": "WhitespaceSplit"}""",
            ["Bert"] = """{"type": "BertPreTokenizer"}""",
            ["Punctuation(Isolated)"] = """{"type": "Punctuation", "behavior": "Isolated"}""",
            ["Punctuation(Contiguous)"] = """{"type": "Punctuation", "behavior": "Contiguous"}""",
            ["Digits"] = """{"type": "Digits", "individual_digits": false}""",
            ["Digits(individual)"] = """{"type": "Digits", "individual_digits": true}""",
            ["Metaspace"] = Metaspace.Replace("SCHEME", "always", StringComparison.Ordinal),
            ["Metaspace(first)"] = Metaspace.Replace("SCHEME", "first", StringComparison.Ordinal),
            ["Metaspace(never)"] = Metaspace.Replace("SCHEME", "never", StringComparison.Ordinal),
            ["CharDelimiter(-)"] = """{"type": "CharDelimiterSplit", "delimiter": "-"}""",
            ["Split(\" \",removed)"] = Split.Replace("BEHAVIOR", "Removed", StringComparison.Ordinal),
            ["Split(\" \",isolated)"] = Split.Replace("BEHAVIOR", "Isolated", StringComparison.Ordinal),
            ["Split(\" \",mergedWithPrevious)"] = Split.Replace("BEHAVIOR", "MergedWithPrevious", StringComparison.Ordinal),
            ["Split(\" \",mergedWithNext)"] = Split.Replace("BEHAVIOR", "MergedWithNext", StringComparison.Ordinal),
            ["Split(\" \",contiguous)"] = Split.Replace("BEHAVIOR", "Contiguous", StringComparison.Ordinal),
            // The golden file has the pattern as a string, which no text holds.
            ["Comma(Digits+cl100k+ByteLevel)"] = $$"""
                {"type": "Sequence", "pretokenizers": [
                  {"type": "Digits", "individual_digits": true},
                  {"type": "Split", "pattern": {"String": {{JsonSerializer.Serialize(Cl100kScanner.Pattern)}}}, "behavior": "Isolated", "invert": false},
                  {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]}
                """,
        };
        Dictionary<string, PreTokenizer> preTokenizers = definitions.ToDictionary(definition => definition.Key, definition => PreTokenizerFixtures.Read(definition.Value));
        List<string> wrong = [];
        int count = 0;
        foreach (JsonElement golden in TokenizerFixtures.Lines("golden", "pre_tokenizers.jsonl.zst"))
        {
            count++;
            string name = golden.GetProperty("pre_tokenizer").GetString()!, id = golden.GetProperty("id").GetString()!;
            string expected = PreTokenizerFixtures.Show(golden.GetProperty("out").EnumerateArray()
                .Select(word => (word[0].GetString()!, word[1][0].GetInt32(), word[1][1].GetInt32())));
            string found = PreTokenizerFixtures.Show(PreTokenizerFixtures.Pieces(preTokenizers[name], TokenizerFixtures.NastyStrings[id]));
            if (found != expected)
                wrong.Add($"{name} {id}: {found} instead of {expected}");
        }
        Assert.Equal(TokenizerFixtures.NastyStrings.Count * preTokenizers.Count, count);
        AssertNone(wrong);
    }

    /// <summary>21 patterns with each behavior, inverted and not; every other part with every setting; 26 sequences.</summary>
    [Fact]
    public void Every_setting_of_every_part_gives_the_pieces_of_HF_and_its_file()
    {
        JsonNode parts = JsonNode.Parse(TokenizerFixtures.Bytes("golden", "pre_tokenizers.parts.json.zst"))!;
        string[] texts = [.. parts["texts"]!.AsArray().Select(text => text!.GetValue<string>())];
        List<string> wrong = [];
        int count = 0;
        foreach (JsonElement golden in TokenizerFixtures.Lines("golden", "pre_tokenizers.pieces.jsonl.zst"))
        {
            count++;
            int index = golden.GetProperty("definition").GetInt32();
            string definition = parts["definitions"]![index]!.ToJsonString();
            PreTokenizer preTokenizer = PreTokenizerFixtures.Read(definition);
            if (!JsonNode.DeepEquals(parts["written"]![index], PreTokenizerFixtures.Written(preTokenizer)))
                wrong.Add($"{definition} is written {PreTokenizerFixtures.Written(preTokenizer).ToJsonString()}");
            foreach ((JsonElement expected, string text) in golden.GetProperty("pieces").EnumerateArray().Zip(texts))
            {
                // Where no part cuts, HF has an empty text as one empty piece.
                string pieces = PreTokenizerFixtures.Show(expected.EnumerateArray().Select(piece => Expected(text, piece)).Where(piece => piece.Text.Length > 0));
                string found = PreTokenizerFixtures.Show(PreTokenizerFixtures.Pieces(preTokenizer, text));
                if (found != pieces)
                    wrong.Add($"{definition}: {found} instead of {pieces}");
            }
        }
        Assert.Equal(parts["definitions"]!.AsArray().Count, count);
        AssertNone(wrong);
    }

    /// <summary>Metaspace's "first" is the start of the text as it was given, whatever the normalizer did to it and whatever added token stands there.</summary>
    [Fact]
    public void Pieces_behind_added_tokens_and_normalizers_are_those_of_HF()
    {
        JsonNode? parts = null;
        Dictionary<string, Tokenizer> tokenizers = [];
        List<string> wrong = [];
        int count = 0;
        foreach (JsonElement golden in TokenizerFixtures.Lines("golden", "pre_tokenizers.encodings.jsonl.zst"))
        {
            if (parts is null)
            {
                parts = JsonNode.Parse(golden.GetRawText())!;
                continue;
            }
            count++;
            string normalizer = golden.GetProperty("normalizer").GetString()!, preTokenizer = golden.GetProperty("pre_tokenizer").GetString()!;
            string name = $"{normalizer} {preTokenizer}", text = golden.GetProperty("text").GetString()!;
            if (!tokenizers.TryGetValue(name, out Tokenizer? tokenizer))
            {
                JsonObject file = new()
                {
                    ["version"] = "1.0",
                    ["added_tokens"] = parts["added"]!.DeepClone(),
                    ["normalizer"] = parts["normalizers"]![normalizer]?.DeepClone(),
                    ["pre_tokenizer"] = parts["pre_tokenizers"]![preTokenizer]!.DeepClone(),
                    ["model"] = parts["model"]!.DeepClone(),
                };
                tokenizers[name] = tokenizer = Tokenizer.Parse(JsonSerializer.SerializeToUtf8Bytes(file), name);
            }
            TokenEncoding encoding = tokenizer.EncodeFull(text, options: EncodeOptions.WithoutPostProcessor);
            string expected = string.Join(' ', golden.GetProperty("tokens").EnumerateArray().Zip(golden.GetProperty("offsets").EnumerateArray(), golden.GetProperty("word_ids").EnumerateArray())
                .Select(token => $"{token.First}[{token.Second[0]},{token.Second[1]}]{token.Third}"));
            string found = string.Join(' ', encoding.Tokens.Zip(encoding.Offsets, encoding.WordIds).Select(token => $"{token.First}[{token.Second.Start},{token.Second.End}]{token.Third}"));
            if (found != expected)
                wrong.Add($"{name} {JsonSerializer.Serialize(text)}: {found} instead of {expected}");
            if (!tokenizer.Encode(text, EncodeOptions.WithoutPostProcessor).SequenceEqual(encoding.Ids))
                wrong.Add($"{name} {JsonSerializer.Serialize(text)}: the ids alone are others");
        }
        Assert.Equal(2240, count);
        AssertNone(wrong);
    }

    [Fact]
    public void Classes_are_those_of_HF_for_every_code_point()
    {
        JsonElement golden = JsonDocument.Parse(TokenizerFixtures.Bytes("golden", "hf_regex_classes.json")).RootElement;
        foreach ((string name, byte kind) in new[] { ("L", CharacterClasses.Letter), ("N", CharacterClasses.Number), ("s", CharacterClasses.Space) })
            Assert.Equal(Members(golden.GetProperty(name)), CharacterClasses.Of.Select(classes => (classes & CharacterClasses.KindMask) == kind));
    }

    /// <summary>Asked of Whitespace, WhitespaceSplit and Punctuation, code point by code point.</summary>
    [Fact]
    public void Word_characters_white_space_and_punctuation_are_those_of_HF_for_every_code_point()
    {
        JsonElement golden = JsonDocument.Parse(TokenizerFixtures.Bytes("golden", "pre_tokenizers.codepoints.json.zst")).RootElement;
        foreach ((string name, byte mask) in new[] { ("word", CharacterClasses.Word), ("space", CharacterClasses.Space), ("punctuation", CharacterClasses.Punctuation) })
            Assert.Equal(Members(golden.GetProperty(name)), CharacterClasses.Of.Select(classes => (classes & mask) != 0));
    }

    /// <summary>
    /// The golden file numbers the scripts as they appear and has 0 for what belongs to any. Each run of code points is put behind the first
    /// character of every script: it must be cut off behind all but its own.
    /// </summary>
    [Fact]
    public void Scripts_are_those_of_HF_for_every_code_point()
    {
        (int First, int Script)[] runs = [.. JsonDocument.Parse(TokenizerFixtures.Bytes("golden", "pre_tokenizers.codepoints.json.zst")).RootElement
            .GetProperty("scripts").EnumerateArray().Select(run => (run[0].GetInt32(), run[1].GetInt32()))];
        PreTokenizer preTokenizer = new UnicodeScriptsPreTokenizer();
        int[] firsts = [.. runs.Where(run => run.Script != 0).DistinctBy(run => run.Script).Select(run => run.First)];
        Assert.Equal(135, firsts.Length);
        for (int i = 0; i < runs.Length; i++)
        {
            int end = i + 1 < runs.Length ? runs[i + 1].First : 0x110000;
            string run = string.Concat(Enumerable.Range(runs[i].First, end - runs[i].First).Where(c => c is < 0xD800 or > 0xDFFF).Select(char.ConvertFromUtf32));
            foreach ((int first, int script) in firsts.Zip(Enumerable.Range(1, firsts.Length)))
            {
                int cuts = PreTokenizerFixtures.Pieces(preTokenizer, char.ConvertFromUtf32(first) + run[..Math.Min(run.Length, 8)]).Count - 1;
                Assert.True(cuts == (runs[i].Script == 0 || runs[i].Script == script ? 0 : 1), $"{first:X} {runs[i].First:X}: {cuts}");
            }
            // The whole run behaves as its first characters.
            Assert.Equal(runs[i].Script == 0 ? 0 : 1, PreTokenizerFixtures.Pieces(preTokenizer, run).Count);
        }
    }

    [Theory]
    [InlineData("""{"type": "CharDelimiterSplit", "delimiter": "--"}""", "one character")]
    [InlineData("""{"type": "CharDelimiterSplit", "delimiter": ""}""", "one character")]
    [InlineData("""{"type": "CharDelimiterSplit"}""", "\"delimiter\" is missing")]
    [InlineData("""{"type": "Metaspace"}""", "\"replacement\" is missing")]
    [InlineData("""{"type": "Metaspace", "replacement": "__"}""", "one character")]
    [InlineData("""{"type": "Metaspace", "replacement": "_", "prepend_scheme": "First"}""", "first, never, always")]
    [InlineData("""{"type": "Metaspace", "replacement": "_", "add_prefix_space": false}""", "not \"never\"")]
    [InlineData("""{"type": "Metaspace", "replacement": "_", "add_prefix_space": false, "prepend_scheme": "first"}""", "not \"never\"")]
    [InlineData("""{"type": "Metaspace", "replacement": "_", "split": 1}""", "true or false")]
    [InlineData("""{"type": "Split", "pattern": "a", "behavior": "Isolated"}""", "an object")]
    [InlineData("""{"type": "Split", "pattern": {}, "behavior": "Isolated"}""", "String or Regex")]
    [InlineData("""{"type": "Split", "pattern": {"String": "a", "Regex": "a"}, "behavior": "Isolated"}""", "String or Regex")]
    [InlineData("""{"type": "Split", "pattern": {"Regex": "("}, "behavior": "Isolated"}""", "the pattern ( cannot be used")]
    [InlineData("""{"type": "Split", "pattern": {"String": "a"}, "behavior": "isolated"}""", "Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous")]
    [InlineData("""{"type": "Split", "pattern": {"String": "a"}}""", "\"behavior\" is missing")]
    [InlineData("""{"type": "Punctuation", "behavior": "contiguous"}""", "Contiguous")]
    [InlineData("""{"type": "FixedLength", "length": 0}""", "from 1")]
    [InlineData("""{"type": "FixedLength", "length": -1}""", "from 1")]
    [InlineData("""{"type": "FixedLength", "length": 1.5}""", "from 1")]
    [InlineData("""{"type": "Sequence"}""", "\"pretokenizers\" is missing")]
    [InlineData("""{"type": "Sequence", "pretokenizers": [null]}""", "an object")]
    [InlineData("""{"type": "RandomChunk", "length": 3}""", "the pre-tokenizer RandomChunk is not supported")]
    [InlineData("""{"replacement": "_"}""", "\"type\" is missing")]
    public void What_is_no_pre_tokenizer_is_refused(string json, string problem)
    {
        InputException error = Assert.Throws<InputException>(() => PreTokenizerFixtures.Read(json));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    private static (string Text, int Start, int End) Expected(string text, JsonElement piece)
    {
        int start = piece[0].GetInt32(), end = piece[1].GetInt32();
        return (piece.GetArrayLength() > 2 ? piece[2].GetString()! : string.Concat(text.EnumerateRunes().Skip(start).Take(end - start)), start, end);
    }

    private static bool[] Members(JsonElement ranges)
    {
        bool[] members = new bool[0x110000];
        foreach (JsonElement range in ranges.EnumerateArray())
            members.AsSpan(range[0].GetInt32(), range[1].GetInt32() - range[0].GetInt32() + 1).Fill(true);
        return members;
    }

    private static void AssertNone(List<string> wrong) => Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n{string.Join('\n', wrong.Take(8))}");
}
