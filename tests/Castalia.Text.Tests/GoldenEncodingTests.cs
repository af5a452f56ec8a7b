using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Castalia.Testing;
using ZstdSharp;

namespace Castalia.Text.Tests;

/// <summary>The ids and texts that HF tokenizers 0.23.2 gave for 189 strings chosen to go wrong.</summary>
public sealed class GoldenEncodingTests
{
    [Theory]
    [InlineData("gpt2")]
    [InlineData("gpt-neox-20b")]
    [InlineData("dolma2")]
    public void Nasty_strings_have_the_ids_and_texts_of_HF(string name)
    {
        Tokenizer tokenizer = TokenizerFixtures.Load(name);
        List<string> wrong = [];
        int count = 0;
        foreach (JsonElement golden in TokenizerFixtures.Lines("golden", $"{name}.nasty.jsonl.zst"))
        {
            count++;
            string id = golden.GetProperty("id").GetString()!, text = TokenizerFixtures.NastyStrings[id];
            int[] expected = Ids(golden.GetProperty("ids"));
            int[] ids = tokenizer.Encode(text);
            if (!ids.SequenceEqual(expected))
                wrong.Add($"{id}: ids {string.Join(' ', ids.Take(40))} instead of {string.Join(' ', expected.Take(40))}");
            if (tokenizer.Decode(expected) != golden.GetProperty("decoded").GetString())
                wrong.Add($"{id}: decoded");
            if (tokenizer.Decode(expected, skipSpecialTokens: true) != golden.GetProperty("decoded_skip_special").GetString())
                wrong.Add($"{id}: decoded without special tokens");
            string[] tokens = [.. golden.GetProperty("tokens").EnumerateArray().Select(value => value.GetString()!)];
            if (!expected.Select(tokenizer.IdToToken).SequenceEqual(tokens))
                wrong.Add($"{id}: tokens");
        }
        Assert.Equal(TokenizerFixtures.NastyStrings.Count, count);
        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("gpt-neox-20b")]
    [InlineData("dolma2")]
    public void Documents_in_many_languages_have_the_ids_of_HF(string name)
    {
        Tokenizer tokenizer = TokenizerFixtures.Load(name);
        List<string> wrong = [];
        List<int> ids = [];
        int count = 0;
        foreach (JsonElement golden in TokenizerFixtures.Lines("golden", "documents.jsonl.zst"))
        {
            count++;
            string text = golden.GetProperty("text").GetString()!;
            ids.Clear();
            tokenizer.Encode(System.Text.Encoding.UTF8.GetBytes(text), ids);
            string hash = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(ids))));
            if (hash != golden.GetProperty("sha256").GetProperty(name).GetString())
                wrong.Add($"{golden.GetProperty("file")} {golden.GetProperty("doc")}: {ids.Count} tokens");
            // GPT-NeoX-20B normalizes, the others give the text back to the byte.
            if (name != "gpt-neox-20b" && tokenizer.Decode(CollectionsMarshal.AsSpan(ids)) != text)
                wrong.Add($"{golden.GetProperty("file")} {golden.GetProperty("doc")}: decoded");
        }
        Assert.True(count > 100);
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_supported_part_of_a_tokenizer_file_gives_the_ids_of_HF()
    {
        Dictionary<string, Tokenizer> tokenizers = JsonDocument.Parse(TokenizerFixtures.Bytes("golden", "variants.tokenizers.json.zst"))
            .RootElement.EnumerateObject()
            .ToDictionary(p => p.Name, p => Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(p.Value.GetRawText()), p.Name));
        List<string> wrong = [];
        HashSet<string> used = [];
        foreach (JsonElement golden in TokenizerFixtures.Lines("golden", "variants.jsonl.zst"))
        {
            string name = golden.GetProperty("tokenizer").GetString()!, text = golden.GetProperty("text").GetString()!;
            used.Add(name);
            Tokenizer tokenizer = tokenizers[name];
            int[] expected = Ids(golden.GetProperty("ids"));
            int[] plain = golden.TryGetProperty("ids_no_special", out JsonElement without) ? Ids(without) : expected;
            if (!tokenizer.Encode(text).SequenceEqual(expected))
                wrong.Add($"{name} \"{text}\": {string.Join(' ', tokenizer.Encode(text))} instead of {string.Join(' ', expected)}");
            if (!tokenizer.Encode(text, EncodeOptions.WithoutPostProcessor).SequenceEqual(plain))
                wrong.Add($"{name} \"{text}\": without the post-processor");
            if (tokenizer.Decode(expected) != golden.GetProperty("decoded").GetString())
                wrong.Add($"{name} \"{text}\": decoded");
            if (tokenizer.Decode(expected, skipSpecialTokens: true) != golden.GetProperty("decoded_skip_special").GetString())
                wrong.Add($"{name} \"{text}\": decoded without special tokens");
        }
        Assert.Equal(tokenizers.Keys.Order(), used.Order());
        Assert.Empty(wrong);
    }

    private static int[] Ids(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];

    [Theory]
    [InlineData("gpt2")]
    [InlineData("gpt-neox-20b")]
    [InlineData("dolma2")]
    public void Every_document_of_the_mini_Pile_has_the_ids_of_HF(string name)
    {
        Tokenizer tokenizer = TokenizerFixtures.Load(name);
        foreach (JsonElement golden in TokenizerFixtures.Lines("golden", "minipile.jsonl.zst"))
        {
            string file = golden.GetProperty("file").GetString()!;
            using Decompressor decompressor = new();
            byte[] contents = decompressor.Unwrap(File.ReadAllBytes(Path.Combine(Fixtures.RepositoryRoot, "data", "mini-pile", file))).ToArray();
            string[] lines = System.Text.Encoding.UTF8.GetString(contents).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(golden.GetProperty("documents").GetInt32(), lines.Length);
            string[] texts = [.. lines.AsParallel().AsOrdered().Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!)];
            int[][] ids = tokenizer.EncodeBatch(texts, cancellation: TestContext.Current.CancellationToken);
            Assert.Equal(golden.GetProperty("tokens").GetProperty(name).GetInt64(), ids.Sum(document => document.LongLength));
            string hashes = string.Concat(ids.Select(document => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(document.AsSpan())))[..8]));
            Assert.Equal(golden.GetProperty("hashes").GetProperty(name).GetString(), hashes);
        }
    }
}
