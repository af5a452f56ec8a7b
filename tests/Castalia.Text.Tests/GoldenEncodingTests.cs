using System.Text.Json;

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
            int[] expected = [.. golden.GetProperty("ids").EnumerateArray().Select(value => value.GetInt32())];
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
}
