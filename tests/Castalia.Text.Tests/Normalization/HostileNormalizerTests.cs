using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Castalia.Text.Normalization;
using Castalia.Text.TokenizerJson;
using CsCheck;

namespace Castalia.Text.Tests.Normalization;

/// <summary>Normalizers that a file has no right to, and texts made to hurt them.</summary>
public sealed class HostileNormalizerTests
{
    private static readonly byte[] RealMap = Convert.FromBase64String(
        JsonNode.Parse(TokenizerFixtures.Bytes("golden", "normalizers.parts.json.zst"))!["normalizers"]!["Precompiled"]!["precompiled_charsmap"]!.GetValue<string>());

    private static readonly byte[] SomeText = Encoding.UTF8.GetBytes("aé ﬁ\u0301日①ｶﾞ한👍🏽\u200b\0\r\nz\u00a8");

    [Theory]
    [InlineData("""{"type": "Strip", "strip_left": true}""", "\"strip_right\" is missing")]
    [InlineData("""{"type": "Strip", "strip_left": true, "strip_right": 1}""", "expected true or false")]
    [InlineData("""{"type": "BertNormalizer", "clean_text": true, "lowercase": true}""", "\"handle_chinese_chars\" is missing")]
    [InlineData("""{"type": "BertNormalizer", "clean_text": null, "handle_chinese_chars": true, "lowercase": true}""", "\"clean_text\" is missing")]
    [InlineData("""{"type": "Prepend"}""", "\"prepend\" is missing")]
    [InlineData("""{"type": "Prepend", "prepend": ["a"]}""", "expected a string")]
    [InlineData("""{"type": "Replace", "pattern": "a", "content": "b"}""", "expected an object")]
    [InlineData("""{"type": "Replace", "pattern": {"String": "a"}}""", "\"content\" is missing")]
    [InlineData("""{"type": "Replace", "pattern": {}, "content": "b"}""", "String or Regex")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": "a", "String": "a"}, "content": "b"}""", "String or Regex")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": "a("}, "content": "b"}""", "a(")]
    [InlineData("""{"type": "Sequence"}""", "\"normalizers\" is missing")]
    [InlineData("""{"type": "Sequence", "normalizers": {}}""", "expected an array")]
    [InlineData("""{"type": "Precompiled"}""", "\"precompiled_charsmap\" is missing")]
    [InlineData("""{"type": "Precompiled", "precompiled_charsmap": null}""", "\"precompiled_charsmap\" is missing")]
    [InlineData("""{"type": "Precompiled", "precompiled_charsmap": "%%"}""", "expected base64")]
    [InlineData("""{"type": "Precompiled", "precompiled_charsmap": ""}""", "no map of SentencePiece")]
    [InlineData("""{"type": "Precompiled", "precompiled_charsmap": "AAAAAA=="}""", "no map of SentencePiece")]
    [InlineData("""{"type": "Precompiled", "precompiled_charsmap": "/////wAAAAA="}""", "no map of SentencePiece")]
    [InlineData("""{"type": "Precompiled", "precompiled_charsmap": "BAAAAAAAAAD/"}""", "no map of SentencePiece")]
    [InlineData("""{"type": "Append", "append": "x"}""", "the normalizer Append is not supported")]
    [InlineData("""{"strip_left": true}""", "\"type\" is missing")]
    [InlineData("""[]""", "expected an object")]
    public void What_is_wrong_is_named_with_its_place(string json, string problem)
    {
        InputException error = Assert.Throws<InputException>(() => Read(json));
        Assert.Equal("test", error.File);
        Assert.StartsWith("$", error.Place);
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"strip_left":true,"strip_right":false}""", "Strip")]
    [InlineData("""{"clean_text":true,"handle_chinese_chars":false,"strip_accents":null,"lowercase":true}""", "BertNormalizer")]
    [InlineData("""{"type":"Bert","clean_text":true,"handle_chinese_chars":false,"strip_accents":true,"lowercase":true}""", "BertNormalizer")]
    [InlineData("""{"normalizers":[{"type":"NFC"},{"prepend":"x"}]}""", "Sequence")]
    [InlineData("""{"pattern":{"String":"a"},"content":"b"}""", "Replace")]
    [InlineData("""{"prepend":"x"}""", "Prepend")]
    public void Parts_without_a_type_are_known_by_their_keys_as_HF_knows_them(string json, string type)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
            Read(json).Write(writer);
        Assert.Equal(type, JsonNode.Parse(stream.ToArray())!["type"]!.GetValue<string>());
    }

    [Fact]
    public void A_map_of_any_bytes_is_refused_or_works()
    {
        // Most are refused when all bytes are random; so also: a real one damaged, and an array of random units of the right size.
        Gen<byte[]> units = Gen.Select(Gen.Int[1, 600].SelectMany(count => Gen.UInt.Array[count]), Gen.Char[' ', '~'].Array[0, 20]).Select((array, end) =>
        {
            byte[] bytes = new byte[4 + (4 * array.Length) + end.Length];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, 4 * array.Length);
            for (int i = 0; i < array.Length; i++)
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 + (4 * i)), array[i]);
            Encoding.UTF8.GetBytes(end, bytes.AsSpan(4 + (4 * array.Length)));
            return bytes;
        });
        Gen<byte[]> damaged = Gen.Select(Gen.Int[0, RealMap.Length - 1], Gen.Byte).Array[1, 2000].Select(changes =>
        {
            byte[] bytes = [.. RealMap];
            foreach ((int at, byte value) in changes)
                bytes[at] = value;
            return bytes;
        });
        Gen.OneOf(units, Gen.Byte.Array[0, 40]).Sample(RefusedOrWorks, iter: 3000);
        damaged.Sample(RefusedOrWorks, iter: 50);
    }

    [Fact]
    public void A_map_cut_short_in_its_array_is_refused()
    {
        int array = 4 + BinaryPrimitives.ReadInt32LittleEndian(RealMap);
        Assert.Null(PrecompiledCharsmap.Parse(RealMap.AsSpan(0, 3)));
        Assert.Null(PrecompiledCharsmap.Parse(RealMap.AsSpan(0, array - 1)));
        Assert.NotNull(PrecompiledCharsmap.Parse(RealMap.AsSpan(0, array)));
    }

    [Fact]
    public void A_replacement_that_would_grow_without_bounds_is_refused()
    {
        byte[] text = Encoding.UTF8.GetBytes(new string('a', 1 << 20));
        JsonObject replace = new()
        {
            ["type"] = "Replace",
            ["pattern"] = new JsonObject { ["String"] = "a" },
            ["content"] = new string('b', 1 << 20),
        };
        InputException error = Assert.Throws<InputException>(() => Read(replace.ToJsonString()).Normalize(text));
        Assert.Contains("64 times", error.Problem, StringComparison.Ordinal);
        // Nor by small steps: each makes nine of one, and six of them half a million.
        string step = """{"type": "Replace", "pattern": {"String": "a"}, "content": "aaaaaaaaa"}""";
        Normalizer steps = Read($$"""{"type": "Sequence", "normalizers": [{{string.Join(", ", Enumerable.Repeat(step, 6))}}]}""");
        Assert.Throws<InputException>(() => steps.Normalize(text));
        Assert.Equal(531_441, steps.Normalize("a"u8).Length);
    }

    [Fact]
    public void A_megabyte_of_marks_is_sorted()
    {
        // Classes 230, 220 and 240 by turns: as far from order as can be.
        byte[] text = Encoding.UTF8.GetBytes("a" + string.Concat(Enumerable.Repeat("\u0345\u0300\u0316", 180_000)));
        string expected = "a" + new string('\u0316', 180_000) + new string('\u0300', 180_000) + new string('\u0345', 180_000);
        Assert.Equal(expected, Encoding.UTF8.GetString(UnicodeFormNormalizer.Nfd().Normalize(text)));
        Assert.Equal("à" + expected[1..180_001] + expected[180_002..], Encoding.UTF8.GetString(UnicodeFormNormalizer.Nfc().Normalize(text)));
    }

    [Theory]
    [InlineData("A")]
    [InlineData("é")]
    [InlineData("Aa\u0301")]
    [InlineData("\t中")]
    [InlineData("ﷺ")]
    [InlineData("👩\u200d")]
    [InlineData("🇫")]
    [InlineData("क\u094d")]
    public void A_megabyte_of_anything_is_the_same_over_and_over(string unit)
    {
        JsonNode parts = JsonNode.Parse(TokenizerFixtures.Bytes("golden", "normalizers.parts.json.zst"))!["normalizers"]!;
        int count = (1 << 20) / Encoding.UTF8.GetByteCount(unit);
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(unit, count)));
        foreach (string name in new[] { "NFC", "NFKD", "Lowercase", "Bert", "Precompiled", "Nmt", "ByteLevel", "Replace" })
        {
            Normalizer normalizer = Read(parts[name]!.ToJsonString());
            string five = Encoding.UTF8.GetString(normalizer.Normalize(text.AsSpan(0, 5 * Encoding.UTF8.GetByteCount(unit))));
            string four = Encoding.UTF8.GetString(normalizer.Normalize(text.AsSpan(0, 4 * Encoding.UTF8.GetByteCount(unit))));
            string all = Encoding.UTF8.GetString(normalizer.Normalize(text));
            Assert.Equal(four.Length + ((count - 4) * (five.Length - four.Length)), all.Length);
            Assert.StartsWith(four[..^1], all, StringComparison.Ordinal);
        }
    }

    private static void RefusedOrWorks(byte[] contents)
    {
        if (PrecompiledCharsmap.Parse(contents) is null)
            return;
        Normalizer normalizer = Read($$"""{"type": "Precompiled", "precompiled_charsmap": "{{Convert.ToBase64String(contents)}}"}""");
        try
        {
            Assert.True(System.Text.Unicode.Utf8.IsValid(normalizer.Normalize(SomeText)));
        }
        catch (InputException error)
        {
            Assert.Contains("64 times", error.Problem, StringComparison.Ordinal);
        }
    }

    private static Normalizer Read(string json) => NormalizerReader.Read(new JsonPart(JsonDocument.Parse(json).RootElement, "test", "$"));
}
