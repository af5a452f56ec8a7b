using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Castalia.Text.Tests.TokenizerJson;

/// <summary>
/// Sound tokenizer files of every model damaged at random: each is refused with an <see cref="InputException"/>, or is a tokenizer that
/// encodes, decodes, writes itself and reads itself again. Nothing else may happen, and no more memory be taken than the greatest id
/// allows. The seed is fixed; another one is tried by setting CASTALIA_FUZZ_SEED.
/// </summary>
public sealed class MutationTests
{
    // A file may name ids up to 2^24, and tables over ids have to be that long.
    private const long MostBytesAllocated = 1L << 30;

    private static readonly int Seed = int.Parse(Environment.GetEnvironmentVariable("CASTALIA_FUZZ_SEED") ?? "20", System.Globalization.CultureInfo.InvariantCulture);

    private static readonly string[] Values =
        ["null", "true", "false", "0", "-0", "1", "-1", "7", "0.5", "1e9", "1e400", "-1e400", "5e-324", "16777215", "16777216", "2147483647", "2147483648",
         "99999999999999999999", "\"\"", "\"a\"", "\" \"", "\"\\u0000\"", "\"\\ud800\"", "\"é\"", "\"▁\"", "\"<0x41>\"", "\"BPE\"", "\"Unigram\"", "\"WordPiece\"",
         "\"WordLevel\"", "\"Sequence\"", "\"ByteLevel\"", "\"[UNK]\"", "[]", "{}", "[[]]", "[\"a\", 1]", "[\"a\", \"b\"]", "{\"a\": 0}", "{\"type\": \"NFC\"}"];

    private static readonly string[] Texts = ["", "a", "ab abab▁a▁▁ab", "the é 漢字 🙂 x\u0301\n<s>a</s> 12", "xyxyxyxy<unk>[UNK]\0"];

    private static readonly JsonElement Models =
        JsonDocument.Parse(TokenizerFixtures.Bytes("golden", "models.tokenizers.json.zst")).RootElement.GetProperty("tokenizers");

    [Theory]
    [InlineData("wordpiece_hand")]
    [InlineData("wordpiece_oddprefix")]
    [InlineData("wordlevel_whole")]
    [InlineData("unigram_odd")]
    [InlineData("unigram_unk_is_char")]
    [InlineData("unigram_near_ties")]
    [InlineData("bpe_results")]
    public void Damaged_files_are_refused_or_work(string name)
    {
        JsonNode root = JsonNode.Parse(Models.GetProperty(name).GetProperty("given").GetString()!)!;
        AddParts(root);
        Mutate(Encoding.UTF8.GetBytes(root.ToJsonString()), 1_500);
    }

    [Fact]
    public void Damaged_files_of_byte_level_tokenizers_are_refused_or_work()
    {
        JsonNode root = JsonNode.Parse(TokenizerTrainer.Train(["the cat and the hat"], new TrainerOptions { VocabularySize = 262 },
            cancellation: TestContext.Current.CancellationToken).ToJson())!;
        Mutate(Encoding.UTF8.GetBytes(root.ToJsonString()), 1_500);
    }

    [Fact]
    public void Damaged_files_of_models_that_mark_words_are_refused_or_work() => Mutate(
        """
        {"version": "1.0", "truncation": {"direction": "Right", "max_length": 20, "strategy": "LongestFirst", "stride": 2},
         "padding": {"strategy": {"Fixed": 8}, "direction": "Left", "pad_to_multiple_of": 4, "pad_id": 0, "pad_type_id": 0, "pad_token": "a"},
         "added_tokens": [], "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": null,
         "model": {"type": "BPE", "dropout": 0.0, "unk_token": "u", "continuing_subword_prefix": "##", "end_of_word_suffix": "</w>", "fuse_unk": true,
          "byte_fallback": true, "ignore_merges": true, "vocab": {"u": 0, "a": 1, "##a": 2, "##b": 3, "##b</w>": 4, "ab": 5, "aa": 6, "aa</w>": 7, "<0x23>": 8,
          "<0x78>": 9, "<0x3C>": 10, "##a</w>": 11}, "merges": [["a", "##a"], ["a", "##b"], "a ##a</w>"]}}
        """u8.ToArray(), 1_500);

    private static void AddParts(JsonNode root)
    {
        root["normalizer"] = new JsonObject { ["type"] = "Sequence", ["normalizers"] = new JsonArray(new JsonObject { ["type"] = "NFC" }) };
        root["pre_tokenizer"] = new JsonObject { ["type"] = "Digits", ["individual_digits"] = false };
        root["post_processor"] = JsonNode.Parse("""
            {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}], "pair": [{"Sequence": {"id": "A", "type_id": 0}},
             {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {}}
            """);
        // HF gives it the number of tokens for an id; where the model's ids have holes, another token may have that.
        int id = root["model"]!["vocab"] is JsonObject tokens ? tokens.Count : root["model"]!["vocab"]!.AsArray().Count;
        root["added_tokens"] = new JsonArray(new JsonObject
        {
            ["id"] = id,
            ["content"] = "<s>",
            ["single_word"] = false,
            ["lstrip"] = false,
            ["rstrip"] = true,
            ["normalized"] = false,
            ["special"] = true,
        });
    }

    private static void Mutate(byte[] sound, int count)
    {
        Use(Tokenizer.Parse(sound));
        var random = new Random(Seed);
        int refused = 0;
        for (int i = 0; i < count; i++)
        {
            byte[] damaged = i % 2 == 0 ? DamageBytes(random, sound) : ReplaceValue(random, sound);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Use(Tokenizer.Parse(damaged, "fuzz.json"));
            }
            catch (InputException error)
            {
                Assert.Contains(error.File, (string[])["fuzz.json", "text", "truncation"]);
                refused++;
            }
            catch (Exception exception)
            {
                Assert.Fail($"Seed {Seed}, file {i} ({Encoding.UTF8.GetString(damaged)}): {exception}");
            }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < MostBytesAllocated, $"Seed {Seed}, file {i}: {allocated} bytes allocated.");
        }
        // Most damage must be noticed, or the test shows nothing; but not all, or nothing is shown of what was read.
        Assert.InRange(refused, count / 4, count - (count / 50));
    }

    private static void Use(Tokenizer tokenizer)
    {
        Tokenizer again = Tokenizer.Parse(tokenizer.ToJson(), "fuzz.json");
        foreach (string text in Texts)
        {
            TokenEncoding encoding = tokenizer.EncodeFull(text);
            Assert.Equal(encoding.Ids, tokenizer.Encode(text));
            Assert.Equal(encoding.Tokens, again.EncodeFull(text).Tokens);
            tokenizer.Decode([.. encoding.Ids]);
        }
    }

    /// <summary>One to three values of the file in the place of others: still JSON, seldom still sense.</summary>
    private static byte[] ReplaceValue(Random random, byte[] sound)
    {
        byte[] bytes = sound;
        for (int times = random.Next(1, 4); times > 0; times--)
        {
            List<(int Start, int End)> values = [];
            Stack<int> open = [];
            Utf8JsonReader reader = new(bytes);
            try
            {
                while (reader.Read())
                {
                    int start = (int)reader.TokenStartIndex, end = (int)reader.BytesConsumed;
                    if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
                        open.Push(start);
                    else if (reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject)
                        values.Add((open.Pop(), end));
                    else
                        values.Add((start, reader.TokenType == JsonTokenType.PropertyName ? start + 2 + reader.ValueSpan.Length : end));
                }
            }
            catch (JsonException)
            {
                return bytes;
            }
            (int from, int to) = values[random.Next(values.Count)];
            (int otherFrom, int otherTo) = values[random.Next(values.Count)];
            byte[] value = random.Next(3) == 0 ? bytes[otherFrom..otherTo] : Encoding.UTF8.GetBytes(Values[random.Next(Values.Length)]);
            bytes = [.. bytes[..from], .. value, .. bytes[to..]];
        }
        return bytes;
    }

    private static byte[] DamageBytes(Random random, byte[] sound)
    {
        List<byte> bytes = [.. sound];
        for (int times = random.Next(1, 4); times > 0 && bytes.Count > 0; times--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, random.Next(8) == 0 ? bytes.Count - at : Math.Min(random.Next(1, 20), bytes.Count - at));
                    break;
                case 3:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Values[random.Next(Values.Length)]));
                    break;
                case 4:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 100), bytes.Count - at)));
                    break;
                default:
                    bytes[at] = (byte)"0123456789\"[]{},:\\"[random.Next(18)];
                    break;
            }
        }
        return [.. bytes];
    }
}
