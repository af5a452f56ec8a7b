using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Castalia.Text.Normalization;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Tests.Normalization;

/// <summary>Every normalizer against HF tokenizers 0.23.2: the text, what each token of it comes from, and the file.</summary>
public sealed class NormalizerGoldenTests
{
    private static readonly JsonNode Parts = JsonNode.Parse(TokenizerFixtures.Bytes("golden", "normalizers.parts.json.zst"))!;

    [Fact]
    public void Nasty_strings_normalize_as_in_HF()
    {
        Dictionary<string, Normalizer> normalizers = new()
        {
            ["Bert"] = Read("""{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": true, "lowercase": true}"""),
            ["BertCased"] = Read("""{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": false, "lowercase": false}"""),
            ["NFD+StripAccents"] = Read("""{"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}]}"""),
            ["Prepend(▁)"] = Read("""{"type": "Prepend", "prepend": "▁"}"""),
            ["Replace(space,▁)"] = Read("""{"type": "Replace", "pattern": {"String": " "}, "content": "▁"}"""),
            ["Strip"] = Read("""{"type": "Strip", "strip_left": true, "strip_right": true}"""),
        };
        List<string> wrong = [];
        int count = 0;
        foreach (JsonElement golden in TokenizerFixtures.Lines("golden", "normalizers.jsonl.zst"))
        {
            count++;
            string name = golden.GetProperty("normalizer").GetString()!, id = golden.GetProperty("id").GetString()!;
            if (!normalizers.TryGetValue(name, out Normalizer? normalizer))
                normalizers[name] = normalizer = Read($$"""{"type": "{{name}}"}""");
            string normalized = Normalize(normalizer, TokenizerFixtures.NastyStrings[id]);
            if (normalized != golden.GetProperty("out").GetString())
                wrong.Add($"{name} {id}: {normalized}");
        }
        Assert.Equal(13 * TokenizerFixtures.NastyStrings.Count, count);
        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n" + string.Join("\n", wrong.Take(8)));
    }

    [Fact]
    public void Tokens_come_from_where_HF_says_they_do()
    {
        JsonArray texts = Parts["texts"]!.AsArray();
        Dictionary<string, Tokenizer> tokenizers = [];
        List<string> wrong = [];
        int count = 0;
        foreach (JsonElement golden in TokenizerFixtures.Lines("golden", "normalizers.offsets.jsonl.zst"))
        {
            count++;
            string name = golden.GetProperty("normalizer").GetString()!, id = golden.GetProperty("id").GetString()!;
            if (!tokenizers.TryGetValue(name, out Tokenizer? tokenizer))
                tokenizers[name] = tokenizer = Parse(Parts["normalizers"]![name]!);
            string text = int.TryParse(id, out int number) ? texts[number]!.GetValue<string>() : TokenizerFixtures.NastyStrings[id];
            string expected = Offsets(golden.GetProperty("offsets"));
            string found = string.Join(' ', tokenizer.EncodeFull(text).Offsets.Select(range => $"{range.Start}-{range.End}"));
            string normalized = Normalize(tokenizer.Pipeline.Normalizer!, text);
            if (normalized != golden.GetProperty("normalized").GetString())
                wrong.Add($"{name} {id} {Shown(text)}: {Shown(normalized)}, not {Shown(golden.GetProperty("normalized").GetString()!)}");
            else if (found != expected)
                wrong.Add($"{name} {id} {Shown(text)}: {found}, not {expected}");
        }
        Assert.True(count > 15_000);
        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n" + string.Join("\n", wrong.Take(8)));
    }

    [Fact]
    public void Every_code_point_normalizes_as_in_HF_alone_and_between_letters()
    {
        List<string> wrong = [];
        foreach (JsonElement golden in TokenizerFixtures.Lines("golden", "normalizers.codepoints.jsonl.zst"))
        {
            string name = golden.GetProperty("name").GetString()!;
            JsonElement own = golden.GetProperty("normalizer");
            Normalizer normalizer = Read(own.ValueKind == JsonValueKind.Null ? Parts["normalizers"]![name]!.ToJsonString() : own.GetRawText());
            Dictionary<int, string> alone = [], between = [];
            foreach (JsonElement run in golden.GetProperty("alone").EnumerateArray())
            {
                // {} stands for the code point itself.
                for (int point = run[0].GetInt32(); point <= run[1].GetInt32(); point++)
                    alone[point] = run[2].GetString()!.Replace("{}", char.ConvertFromUtf32(point), StringComparison.Ordinal);
            }
            foreach (JsonElement pair in golden.GetProperty("between").EnumerateArray())
                between[pair[0].GetInt32()] = pair[1].GetString()!;
            NormalizedText space = new();
            for (int point = 0; point < 0x110000; point++)
            {
                if (point is >= 0xD800 and <= 0xDFFF)
                    continue;
                string text = char.ConvertFromUtf32(point), expected = alone.GetValueOrDefault(point, text);
                if (!IsMadeInto(normalizer, text, expected, space))
                    wrong.Add($"{name} U+{point:X4}: {Shown(Encoding.UTF8.GetString(space.Bytes))}, not {Shown(expected)}");
                expected = between.GetValueOrDefault(point, $"a{expected}b");
                if (!IsMadeInto(normalizer, $"a{text}b", expected, space))
                    wrong.Add($"{name} U+{point:X4} between letters: {Shown(Encoding.UTF8.GetString(space.Bytes))}, not {Shown(expected)}");
            }
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n" + string.Join("\n", wrong.Take(8)));
    }

    [Fact]
    public void Parts_write_what_HF_writes()
    {
        foreach ((string name, JsonNode? part) in Parts["normalizers"]!.AsObject())
        {
            string hf = part!.ToJsonString();
            Assert.Equal(hf, Written(Read(hf)));
            Assert.NotEmpty(name);
        }
    }

    private static bool IsMadeInto(Normalizer normalizer, string text, string expected, NormalizedText space)
    {
        Span<byte> bytes = stackalloc byte[128];
        space.Clear(tracked: false);
        space.Append(bytes[..Encoding.UTF8.GetBytes(text, bytes)], 0);
        normalizer.Normalize(space);
        return space.Bytes.SequenceEqual(bytes[..Encoding.UTF8.GetBytes(expected, bytes)]);
    }

    private static string Written(Normalizer normalizer)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
            normalizer.Write(json);
        return JsonNode.Parse(stream.ToArray())!.ToJsonString();
    }

    private static string Offsets(JsonElement steps)
    {
        StringBuilder text = new();
        int end = 0;
        // Each number is counted from the one before.
        for (int i = 0; i < steps.GetArrayLength(); i += 2)
        {
            int start = end + steps[i].GetInt32();
            end = start + steps[i + 1].GetInt32();
            text.Append(i == 0 ? "" : " ").Append(start).Append('-').Append(end);
        }
        return text.ToString();
    }

    private static Tokenizer Parse(JsonNode normalizer)
    {
        JsonNode file = Parts["tokenizer"]!.DeepClone();
        file["normalizer"] = normalizer.DeepClone();
        return Tokenizer.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()));
    }

    private static Normalizer Read(string json) => NormalizerReader.Read(new JsonPart(JsonDocument.Parse(json).RootElement, "test", "$"));

    private static string Normalize(Normalizer normalizer, string text) => Encoding.UTF8.GetString(normalizer.Normalize(Encoding.UTF8.GetBytes(text)));

    private static string Shown(string text) => text.Length > 40 ? text[..40] : string.Join(' ', text.EnumerateRunes().Select(rune => rune.Value.ToString("X4")));
}
