using System.Text;
using System.Text.Json;
using Castalia.Testing;
using CsCheck;

namespace Castalia.Text.Tests.Training;

/// <summary>Training against HF's trainer and against a plain one that counts everything anew for each merge.</summary>
public sealed class BpeTrainerTests
{
    private static readonly string[] Letters = ["a", "b", "c", " ", "ab", "ca"];

    [Fact]
    public void Five_megabytes_give_all_29810_merges_of_HF()
    {
        string text = Encoding.UTF8.GetString(TokenizerFixtures.Bytes("train5.txt.zst"));
        TrainedTokenizer trained = Train(Lines(text), new BpeTrainerOptions { SpecialTokens = [], AllBytes = false });
        JsonElement golden = JsonDocument.Parse(TokenizerFixtures.Bytes("golden", "train5.tokenizer.json.zst")).RootElement.GetProperty("model");
        (string, string)[] merges = [.. golden.GetProperty("merges").EnumerateArray().Select(m => (m[0].GetString()!, m[1].GetString()!))];
        Assert.Equal(29_810, merges.Length);
        Assert.Equal(merges, trained.Merges);
        Assert.Equal(
            golden.GetProperty("vocab").EnumerateObject().OrderBy(token => token.Value.GetInt32()).Select(token => token.Name),
            trained.Tokens);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(3, null)]
    [InlineData(0, 4)]
    [InlineData(2, 3)]
    public void Merges_are_those_of_counting_everything_anew(int minFrequency, int? maxTokenLength)
    {
        BpeTrainerOptions options = new() { VocabularySize = 320, MinFrequency = minFrequency, MaxTokenLength = maxTokenLength };
        Gen.Int[0, Letters.Length - 1].Select(i => Letters[i]).List[0, 60].Select(string.Concat).Sample(
            text => Train([text, "abc cab"], options).Merges.SequenceEqual(CountingAnew([text, "abc cab"], options)), iter: 200);
    }

    [Fact]
    public void The_number_of_threads_and_the_order_of_texts_change_nothing()
    {
        string[] texts = [.. TokenizerFixtures.Lines("golden", "documents.jsonl.zst").Select(line => line.GetProperty("text").GetString()!)];
        BpeTrainerOptions options = new() { VocabularySize = 1500, Threads = 1 };
        byte[] one = Train(texts, options).ToJson();
        Assert.Equal(one, Train(texts.Reverse(), options with { Threads = 7 }).ToJson());
    }

    [Fact]
    public void What_is_saved_loads_and_encodes_any_text()
    {
        using TemporaryFolder folder = new();
        foreach (WordPattern pattern in Enum.GetValues<WordPattern>())
        {
            BpeTrainerOptions options = new() { VocabularySize = 300, SpecialTokens = ["<|endoftext|>", "<|padding|>"], Pattern = pattern, Nfc = pattern == WordPattern.Cl100k };
            TrainedTokenizer trained = Train(["the cat and the hat", "that \"that\" is that\\ 1234 \u00a0"], options);
            string path = folder[$"{pattern}", "tokenizer.json"];
            trained.Save(path);
            Tokenizer tokenizer = Tokenizer.Load(path);
            Assert.Equal(trained.Tokens, Enumerable.Range(0, tokenizer.VocabularySize).Select(id => tokenizer.IdToToken(id)!));
            Assert.Equal(0, tokenizer.EndOfTextId);
            Assert.Equal([0, 1], tokenizer.Encode("<|endoftext|><|padding|>"));
            string text = "unseen: ŵ 漢字 𝒜 \u0001\r\n\n 12345 the that";
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
            Assert.Equal(trained.ToTokenizer().Encode(text), tokenizer.Encode(text));
        }
    }

    [Fact]
    public void The_alphabet_can_be_what_was_seen()
    {
        TrainedTokenizer trained = Train(["ba ba"], new BpeTrainerOptions { SpecialTokens = ["<s>"], AllBytes = false });
        Assert.Equal(["<s>", "a", "b", "Ġ", "ba", "Ġba"], trained.Tokens);
        Assert.Equal([("b", "a"), ("Ġ", "ba")], trained.Merges);
    }

    [Fact]
    public void Options_that_cannot_be_met_are_refused()
    {
        InputException small = Assert.Throws<InputException>(() => Train(["a"], new BpeTrainerOptions { VocabularySize = 200 }));
        Assert.Contains("257", small.Message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => Train(["a"], new BpeTrainerOptions { SpecialTokens = ["<s>", "<s>"] }));
        Assert.Throws<InputException>(() => Train(["a"], new BpeTrainerOptions { SpecialTokens = [""] }));
    }

    [Fact]
    public void Training_can_be_cancelled_and_passes_on_what_reading_throws()
    {
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => BpeTrainer.Train(["a b"], new BpeTrainerOptions(), null, cancelled.Token));
        static IEnumerable<string> Broken()
        {
            yield return "a";
            throw new InputException("corpus.jsonl", "line 2", "it is broken.", "Mend it.");
        }
        Assert.Throws<InputException>(() => Train(Broken(), new BpeTrainerOptions()));
    }

    [Fact]
    public void No_text_gives_the_alphabet_alone()
    {
        TrainedTokenizer trained = Train([], new BpeTrainerOptions());
        Assert.Equal(257, trained.Tokens.Count);
        Assert.Empty(trained.Merges);
    }

    private static TrainedTokenizer Train(IEnumerable<string> texts, BpeTrainerOptions options) =>
        BpeTrainer.Train(texts, options, cancellation: TestContext.Current.CancellationToken);

    private static IEnumerable<string> Lines(string text)
    {
        for (int start = 0; start < text.Length;)
        {
            int end = text.IndexOf('\n', start) + 1;
            end = end == 0 ? text.Length : end;
            yield return text[start..end];
            start = end;
        }
    }

    /// <summary>The rule as it is written in HF's trainer, with no bookkeeping to go wrong.</summary>
    private static List<(string Left, string Right)> CountingAnew(string[] texts, BpeTrainerOptions options)
    {
        List<string> tokens = [.. options.SpecialTokens, .. ByteAlphabet.CharacterOf.Order().Select(c => c.ToString())];
        List<List<string>> words = [];
        foreach (string text in texts)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            var cursor = new Castalia.Text.PreTokenization.WordCursor(bytes, [new Castalia.Text.PreTokenization.Gpt2Scanner()]);
            while (cursor.Next())
                words.Add([.. ByteAlphabet.Write(bytes.AsSpan(cursor.Start..cursor.End)).Select(c => c.ToString())]);
        }
        List<(string Left, string Right)> merges = [];
        while (tokens.Count < options.VocabularySize)
        {
            var best = words.SelectMany(word => word.Zip(word.Skip(1)))
                .Where(pair => pair.First.Length + pair.Second.Length is int length && (length == 2 || length < (options.MaxTokenLength ?? int.MaxValue)))
                .GroupBy(pair => pair)
                .OrderByDescending(group => group.Count()).ThenBy(group => tokens.IndexOf(group.Key.First)).ThenBy(group => tokens.IndexOf(group.Key.Second))
                .FirstOrDefault();
            if (best is null || best.Count() < Math.Max(1, options.MinFrequency))
                break;
            merges.Add(best.Key);
            string joined = best.Key.First + best.Key.Second;
            if (!tokens.Contains(joined))
                tokens.Add(joined);
            foreach (List<string> word in words)
            {
                for (int i = 0; i + 1 < word.Count; i++)
                {
                    if (word[i] != best.Key.First || word[i + 1] != best.Key.Second)
                        continue;
                    word[i] = joined;
                    word.RemoveAt(i + 1);
                }
            }
        }
        return merges;
    }
}
