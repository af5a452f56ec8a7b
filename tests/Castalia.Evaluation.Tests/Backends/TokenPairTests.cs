using System.Text.Json;
using Castalia.Testing;

namespace Castalia.Evaluation.Tests.Backends;

public sealed class TokenPairTests
{
    [Fact]
    public void Pairs_are_cut_where_the_reference_cuts_them()
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("eval", "vectors", "encode_pair.json")));
        string[] vocabulary = [.. file.RootElement.GetProperty("vocab").EnumerateArray().Select(token => token.GetString()!)];
        int end = file.RootElement.GetProperty("eot_token_id").GetInt32();
        foreach (JsonElement vector in file.RootElement.GetProperty("cases").EnumerateArray().Where(v => v.GetProperty("backend").GetString() == "causal"))
        {
            TokenPair pair = TokenPair.Encode(vector.GetProperty("context").GetString()!, vector.GetProperty("continuation").GetString()!,
                text => LongestMatch(text, vocabulary), end);
            Assert.Equal(Numbers(vector.GetProperty("context_enc")), pair.Context);
            Assert.Equal(Numbers(vector.GetProperty("continuation_enc")), pair.Continuation);
        }
    }

    [Fact]
    public void A_continuation_that_begins_with_the_prefix_token_lends_it_to_the_context()
    {
        TokenPair pair = TokenPair.Encode("", "x", _ => [9, 5, 6], prefixToken: 9);
        Assert.Equal([9], pair.Context);
        Assert.Equal([5, 6], pair.Continuation);
    }

    [Fact]
    public void Windows_equal_the_reference()
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("eval", "vectors", "rolling_windows.json")));
        foreach (JsonElement vector in file.RootElement.EnumerateArray())
        {
            var windows = RollingWindows.Of(Numbers(vector.GetProperty("tokens")), vector.GetProperty("prefix_token").GetInt32(),
                vector.GetProperty("max_seq_len").GetInt32(), vector.GetProperty("context_len").GetInt32());
            JsonElement[] expected = [.. vector.GetProperty("disjoint").EnumerateArray()];
            Assert.Equal(expected.Length, windows.Count);
            for (int i = 0; i < expected.Length; i++)
            {
                Assert.Equal(Numbers(expected[i][0]), windows[i].Context.ToArray());
                Assert.Equal(Numbers(expected[i][1]), windows[i].Targets.ToArray());
            }
        }
    }

    private static int[] LongestMatch(string text, string[] vocabulary)
    {
        var ids = new List<int>();
        for (int at = 0; at < text.Length;)
        {
            int length = Enumerable.Range(1, Math.Min(6, text.Length - at)).Reverse().First(n => vocabulary.Contains(text.Substring(at, n)));
            ids.Add(Array.IndexOf(vocabulary, text.Substring(at, length)));
            at += length;
        }
        return [.. ids];
    }

    private static int[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(x => x.GetInt32())];
}
