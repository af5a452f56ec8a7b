using System.Text;
using System.Text.Json;
using Castalia.Testing;
using Castalia.Text.Importing;

namespace Castalia.Text.Tests.Importing;

/// <summary>.tiktoken files give tiktoken's ids, can be saved as tokenizer.json, and are refused where they cannot be right.</summary>
public sealed class TiktokenTests : IDisposable
{
    private static readonly TiktokenEncoding Small = new("small", Castalia.Text.PreTokenization.Gpt2Scanner.Pattern, [new AddedToken(50_256, "<|endoftext|>", Special: true)]);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("r50k_base")]
    [InlineData("p50k_base")]
    [InlineData("cl100k_base")]
    [InlineData("o200k_base")]
    public void Ids_are_those_of_tiktoken_also_after_saving(string name)
    {
        Tokenizer loaded = Load($"{name}.tiktoken", TiktokenRanks.Of(name));
        loaded.Save(_folder["tokenizer.json"]);
        Tokenizer saved = Tokenizer.Load(_folder["tokenizer.json"]);
        foreach (JsonElement line in TokenizerFixtures.Lines("golden", $"tiktoken-{name}.nasty.jsonl.zst"))
        {
            string id = line.GetProperty("id").GetString()!, text = TokenizerFixtures.NastyStrings[id];
            foreach (Tokenizer tokenizer in (Tokenizer[])[loaded, saved])
            {
                Assert.Equal(Ids(line, "ids_special_all"), $"{id}: {string.Join(' ', tokenizer.Encode(text))}");
                Assert.Equal(Ids(line, "ids_ordinary"), $"{id}: {string.Join(' ', tokenizer.Encode(text, EncodeOptions.SpecialTokensAsText))}");
                Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
            }
        }
        Assert.Equal(loaded.ToJson(), saved.ToJson());

        static string Ids(JsonElement line, string key) =>
            $"{line.GetProperty("id").GetString()}: {string.Join(' ', line.GetProperty(key).EnumerateArray().Select(id => id.GetRawText()))}";
    }

    [Fact]
    public void Ids_of_GPT_NeoX_in_tiktoken_form_are_those_of_its_tokenizer_json()
    {
        Tokenizer tokenizer = Load("EleutherAI_gpt-neox-20b.tiktoken", TiktokenRanks.Of("EleutherAI_gpt-neox-20b"));
        Tokenizer original = TokenizerFixtures.Load("gpt-neox-20b");
        foreach ((string id, string text) in TokenizerFixtures.NastyStrings)
            Assert.Equal($"{id}: {string.Join(' ', original.Encode(text))}", $"{id}: {string.Join(' ', tokenizer.Encode(text))}");
        Assert.Equal(original.AddedTokens, tokenizer.AddedTokens);
        tokenizer.Save(_folder["tokenizer.json"]);
        Assert.Equal(tokenizer.ToJson(), Tokenizer.Load(_folder["tokenizer.json"]).ToJson());
    }

    [Fact]
    public void Merges_are_found_as_they_were_learnt()
    {
        foreach (string name in (string[])["gpt2", "dolma2"])
        {
            Tokenizer tokenizer = TokenizerFixtures.Load(name);
            JsonElement merges = JsonDocument.Parse(tokenizer.ToJson()).RootElement.GetProperty("model").GetProperty("merges");
            (byte[] Bytes, int Rank)[] tokens = [.. Enumerable.Range(0, name == "gpt2" ? 50_256 : 100_256).Select(id => (tokenizer.TokenBytes(id)!, id))];
            Assert.Equal(merges.EnumerateArray().Select(merge => (merge[0].GetString()!, merge[1].GetString()!)), RankMerges.Find(tokens));
        }
    }

    [Fact]
    public void Ranks_in_any_order_are_encoded_as_by_rank_alone()
    {
        // Vocabularies that no training gives: tokens whose parts have higher ranks than they, or no parts at all.
        Random random = new(7);
        for (int round = 0; round < 60; round++)
        {
            HashSet<string> extra = [];
            while (extra.Count < 40)
                extra.Add(string.Concat(Enumerable.Range(0, random.Next(2, 6)).Select(_ => "abc"[random.Next(3)])));
            Dictionary<string, int> ranks = extra.OrderBy(_ => random.Next()).Concat(Enumerable.Range(0, 256).Select(value => ((char)value).ToString()))
                .Select((token, rank) => (token, rank)).ToDictionary(token => token.token, token => token.rank);
            Tokenizer tokenizer = Load("ranks.tiktoken", Lines(ranks), new TiktokenEncoding("abc", Castalia.Text.PreTokenization.Gpt2Scanner.Pattern, []));
            for (int i = 0; i < 60; i++)
            {
                string word = string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(_ => "abc"[random.Next(3)]));
                Assert.Equal(ByRank(word, ranks), tokenizer.Encode(word));
            }
        }
    }

    [Fact]
    public void An_encoding_is_found_by_the_files_name_or_given()
    {
        byte[] ranks = Lines(Bytes());
        Assert.Contains("Known: r50k_base, gpt2", Refused("mine.tiktoken", ranks, null, "not that of an encoding").Remedy);
        Assert.Equal("cl100k_base", TiktokenEncodings.OfFile("/x/cl100k_base.tiktoken")!.Name);
        Assert.Equal("p50k_edit", TiktokenEncodings.OfFile("openai-p50k_edit.tiktoken")!.Name);
        Assert.Equal("gpt-neox-20b", TiktokenEncodings.OfFile("EleutherAI_gpt-neox-20b.tiktoken")!.Name);
        Assert.Equal("llama3", TiktokenEncodings.OfFile("Meta-Llama-3.tiktoken")!.Name);
        Assert.Equal("llama3.1", TiktokenEncodings.OfFile("llama3.1.tiktoken")!.Name);
        Assert.Null(TiktokenEncodings.OfFile("notgpt2.tiktoken"));
        Assert.Contains("Did you mean 'o200k_base'?", Assert.Throws<InputException>(() => TiktokenEncoding.Find("o200_base")).Message);

        Tokenizer tokenizer = Load("mine.model", ranks, new TiktokenEncoding("mine", Castalia.Text.PreTokenization.Gpt2Scanner.Pattern, [new AddedToken(300, "<end>", Special: true)]));
        Assert.Equal(['a', 300, 'b'], tokenizer.Encode("a<end>b"));
        Assert.Equal(301, tokenizer.VocabularySize);
        Assert.Contains("the pattern [a-z]", Assert.Throws<InputException>(() => Load("a.model", ranks, new TiktokenEncoding("mine", "[a-z]{3,7}(?<x>q)", []))).Problem.Replace("{3,7}(?<x>q)", "", StringComparison.Ordinal));
    }

    [Fact]
    public void The_special_tokens_of_known_encodings_are_at_their_ids()
    {
        Assert.All(TiktokenEncoding.Known, encoding => Assert.Equal(encoding.AddedTokens.Count, encoding.AddedTokens.Select(token => token.Id).Distinct().Count()));
        Assert.All(TiktokenEncoding.Known, encoding => Assert.Equal(encoding.AddedTokens.Count, encoding.AddedTokens.Select(token => token.Content).Distinct().Count()));
        (string, string, int)[] known =
        [
            ("p50k_edit", "<|fim_suffix|>", 50_283), ("o200k_harmony", "<|call|>", 200_012), ("o200k_harmony", "<|reserved_201087|>", 201_087),
            ("llama3", "<|eot_id|>", 128_009), ("llama3", "<|reserved_special_token_5|>", 128_010), ("llama3", "<|reserved_special_token_250|>", 128_255),
            ("llama3.1", "<|python_tag|>", 128_010), ("llama3.1", "<|reserved_special_token_2|>", 128_005), ("llama3.1", "<|reserved_special_token_247|>", 128_255),
            ("gpt-neox-20b", "  ", 50_276),
        ];
        Assert.All(known, token => Assert.Equal(token.Item3, TiktokenEncoding.Find(token.Item1).AddedTokens.Single(added => added.Content == token.Item2).Id));
    }

    [Fact]
    public void Bad_lines_are_refused()
    {
        byte[] sound = Lines(Bytes());
        Refused("small.tiktoken", [], "no token");
        Refused("small.tiktoken", "\n \n\r\n"u8.ToArray(), "no token");
        foreach (string line in (string[])["YWI=", "YWI= ", "YWI= x", "YWI= -1", "YWI= 16777216", "YWI= 99999999999", "YW 300", "Y*I= 300", "= 300", " 300", "YWI= 300 1", "YWI= 3.5", "YWI=x 300"])
            Assert.Equal("line 257", Refused("small.tiktoken", [.. sound, .. Encoding.UTF8.GetBytes(line + "\n")], "expected a token of 1 to 1024 bytes").Place);
        Assert.Equal("line 257", Refused("small.tiktoken", [.. sound, .. "YWI= 255"u8], "stands in line 256 already").Place);
        Refused("small.tiktoken", [.. sound, .. "YQ== 300"u8], "its bytes have rank 97 already");
        Refused("small.tiktoken", [.. sound, .. "YWI= 50256"u8], "has \"<|endoftext|>\" there");
        Refused("small.tiktoken", [.. sound, .. Encoding.ASCII.GetBytes(Convert.ToBase64String("<|endoftext|>"u8) + " 300")], "gives \"<|endoftext|>\" this rank");
        Refused("small.tiktoken", [.. sound, .. Encoding.ASCII.GetBytes(Convert.ToBase64String(new byte[1025]) + " 300")], "expected a token of 1 to 1024 bytes");
        Refused("small.tiktoken", [0xFF, 0xFE, .. sound], "expected a token of 1 to 1024 bytes");
        Load("small.tiktoken", [.. sound, .. "YWI= 300 \r\n\r\nYWJj 301"u8], Small);
    }

    [Fact]
    public void A_file_cut_at_any_byte_is_refused()
    {
        byte[] sound = Lines(Bytes().Reverse().ToDictionary());
        for (int length = 0; length < sound.Length - 1; length++)
        {
            InputException error = Assert.Throws<InputException>(() => Load("small.tiktoken", sound[..length], Small));
            Assert.Equal(_folder["small.tiktoken"], error.File);
        }
        Refused("small.tiktoken", sound[..^8], "0x00 is no token, so that there are texts that cannot be encoded");
        byte[] gpt2 = TiktokenRanks.Of("r50k_base");
        Refused("gpt2.tiktoken", gpt2[..(gpt2.AsSpan(0, 500_000).LastIndexOf((byte)'\n') + 1)], null, "has 50256 ranks, the file 3");
        Refused("cl100k_base.tiktoken", gpt2, null, "has 100256 ranks, the file 50256");
    }

    private static Dictionary<string, int> Bytes() => Enumerable.Range(0, 256).ToDictionary(value => ((char)value).ToString());

    private static byte[] Lines(Dictionary<string, int> ranks) => Encoding.ASCII.GetBytes(string.Concat(
        ranks.Select(token => $"{Convert.ToBase64String(Encoding.Latin1.GetBytes(token.Key))} {token.Value}\n")));

    /// <summary>tiktoken's rule as it reads: a word that is a token is that token; else the pair of lowest rank is joined, leftmost first, until there is none.</summary>
    private static int[] ByRank(string word, Dictionary<string, int> ranks)
    {
        if (ranks.TryGetValue(word, out int whole))
            return [whole];
        List<string> parts = [.. word.Select(character => character.ToString())];
        while (true)
        {
            var pairs = Enumerable.Range(0, parts.Count - 1).Where(i => ranks.ContainsKey(parts[i] + parts[i + 1])).OrderBy(i => ranks[parts[i] + parts[i + 1]]).ThenBy(i => i).ToList();
            if (pairs.Count == 0)
                return [.. parts.Select(part => ranks[part])];
            parts[pairs[0]] += parts[pairs[0] + 1];
            parts.RemoveAt(pairs[0] + 1);
        }
    }

    private InputException Refused(string name, byte[] contents, string problem) => Refused(name, contents, Small, problem);

    private InputException Refused(string name, byte[] contents, TiktokenEncoding? encoding, string problem)
    {
        InputException error = Assert.Throws<InputException>(() => Load(name, contents, encoding));
        Assert.Equal(_folder[name], error.File);
        Assert.Contains(problem, error.Problem);
        return error;
    }

    private Tokenizer Load(string name, byte[] contents, TiktokenEncoding? encoding = null)
    {
        File.Delete(_folder[name]);
        File.WriteAllBytes(_folder[name], contents);
        return Tokenizer.Load(_folder[name], new TokenizerLoadOptions { TiktokenEncoding = encoding });
    }
}
