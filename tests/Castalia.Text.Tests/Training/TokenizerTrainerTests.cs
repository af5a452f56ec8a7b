using System.Text;
using System.Text.Json;
using Castalia.Testing;

namespace Castalia.Text.Tests.Training;

/// <summary>Training from texts: HF's merges of 5 MB, threads, memory, options, errors.</summary>
public sealed class TokenizerTrainerTests
{
    [Fact]
    public void Five_megabytes_give_all_29810_merges_of_HF()
    {
        string text = Encoding.UTF8.GetString(TokenizerFixtures.Bytes("train5.txt.zst"));
        TrainedTokenizer trained = Train(Lines(text), new TrainerOptions { SpecialTokens = [], AllBytes = false });
        JsonElement golden = JsonDocument.Parse(TokenizerFixtures.Bytes("golden", "train5.tokenizer.json.zst")).RootElement.GetProperty("model");
        (string, string)[] merges = [.. golden.GetProperty("merges").EnumerateArray().Select(m => (m[0].GetString()!, m[1].GetString()!))];
        Assert.Equal(29_810, merges.Length);
        Assert.Equal(merges, trained.Merges);
        Assert.Equal(
            golden.GetProperty("vocab").EnumerateObject().OrderBy(token => token.Value.GetInt32()).Select(token => token.Name),
            trained.Tokens);
    }

    [Fact]
    public void The_number_of_threads_and_the_order_of_texts_change_nothing()
    {
        string[] texts = Documents();
        foreach (TrainedModelKind kind in Enum.GetValues<TrainedModelKind>())
        {
            TrainerOptions options = new() { Model = kind, VocabularySize = 1500, Threads = 1 };
            byte[] one = Train(texts, options).ToJson();
            Assert.Equal(one, Train(texts.Reverse(), options with { Threads = 7 }).ToJson());
        }
    }

    [Fact]
    public void Little_memory_changes_nothing_and_leaves_no_files()
    {
        using TemporaryFolder folder = new();
        string[] texts = Documents();
        foreach (TrainedModelKind kind in Enum.GetValues<TrainedModelKind>())
        {
            TrainerOptions options = new() { Model = kind, VocabularySize = 1500 };
            byte[] roomy = Train(texts, options).ToJson();
            Assert.Equal(roomy, Train(texts, options with { CountMemory = 100_000, Threads = 3, TemporaryFolder = folder[""] }).ToJson());
            Assert.Empty(Directory.EnumerateFileSystemEntries(folder[""]));
        }
    }

    [Fact]
    public void A_folder_for_temporary_files_that_is_not_there_is_refused()
    {
        string[] texts = Documents();
        using TemporaryFolder folder = new();
        Assert.Throws<InputException>(() => Train(texts, new TrainerOptions { CountMemory = 100_000, TemporaryFolder = folder["missing"] }));
    }

    [Fact]
    public void What_is_saved_loads_and_encodes_any_text()
    {
        using TemporaryFolder folder = new();
        foreach (WordPattern pattern in Enum.GetValues<WordPattern>())
        {
            TrainerOptions options = new() { VocabularySize = 300, SpecialTokens = ["<|endoftext|>", "<|padding|>"], Pattern = pattern, Nfc = pattern == WordPattern.Cl100k };
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
        TrainedTokenizer trained = Train(["ba ba"], new TrainerOptions { SpecialTokens = ["<s>"], AllBytes = false });
        Assert.Equal(["<s>", "a", "b", "Ġ", "ba", "Ġba"], trained.Tokens);
        Assert.Equal([("b", "a"), ("Ġ", "ba")], trained.Merges);
    }

    [Fact]
    public void Options_that_cannot_be_met_are_refused()
    {
        InputException small = Assert.Throws<InputException>(() => Train(["a"], new TrainerOptions { VocabularySize = 200 }));
        Assert.Contains("257", small.Message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => Train(["a"], new TrainerOptions { SpecialTokens = ["<s>", "<s>"] }));
        Assert.Throws<InputException>(() => Train(["a"], new TrainerOptions { SpecialTokens = [""] }));
        Assert.Throws<InputException>(() => Train(["a"], new TrainerOptions { UnknownToken = "" }));
        Assert.Throws<InputException>(() => Train(["a"], new TrainerOptions { Model = TrainedModelKind.WordPiece, ByteFallback = true }));
        Assert.Throws<InputException>(() => Train(["a"], new TrainerOptions { Model = TrainedModelKind.Unigram, ShrinkingFactor = 1 }));
        Assert.Throws<InputException>(() => Train(["a"], new TrainerOptions { Model = TrainedModelKind.Unigram, VocabularySize = 256 }));
        Assert.Throws<InputException>(() => Train(["a"], new TrainerOptions { Model = TrainedModelKind.WordLevel, VocabularySize = 0 }));
        Assert.Throws<InputException>(() => Train(["a"], new TrainerOptions { LimitAlphabet = -1 }));
    }

    [Fact]
    public void An_unknown_token_comes_first_unless_it_is_a_special_one()
    {
        foreach (TrainedModelKind kind in Enum.GetValues<TrainedModelKind>())
        {
            TrainerOptions options = new() { Model = kind, VocabularySize = 600, SpecialTokens = ["<s>", "</s>"], UnknownToken = "<u>" };
            Assert.Equal(["<u>", "<s>", "</s>"], Train(["the cat"], options).Tokens.Take(3));
            Assert.Equal(["<s>", "<u>"], Train(["the cat"], options with { SpecialTokens = ["<s>", "<u>"] }).Tokens.Take(2));
            Assert.Contains(kind == TrainedModelKind.Unigram ? "\"unk_id\": 1," : "\"unk_token\": \"<u>\"",
                Encoding.UTF8.GetString(Train(["the cat"], options with { SpecialTokens = ["<s>", "<u>"] }).ToJson()), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Bytes_to_fall_back_on_follow_the_special_tokens()
    {
        foreach (TrainedModelKind kind in (TrainedModelKind[])[TrainedModelKind.Bpe, TrainedModelKind.Unigram])
        {
            TrainedTokenizer trained = Train(["the cat"], new TrainerOptions { Model = kind, VocabularySize = 600, SpecialTokens = ["<s>"], ByteFallback = true });
            Assert.Equal(["<s>", "<0x00>", "<0x01>"], trained.Tokens.Take(3));
            Assert.Equal("<0xFF>", trained.Tokens[256]);
            Assert.Contains("\"byte_fallback\": true", Encoding.UTF8.GetString(trained.ToJson()), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Training_can_be_cancelled_and_passes_on_what_reading_throws()
    {
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => TokenizerTrainer.Train(["a b"], new TrainerOptions(), null, cancelled.Token));
        static IEnumerable<string> Broken()
        {
            yield return "a";
            throw new InputException("corpus.jsonl", "line 2", "it is broken.", "Mend it.");
        }
        Assert.Throws<InputException>(() => Train(Broken(), new TrainerOptions()));
    }

    [Fact]
    public void No_text_gives_the_alphabet_alone()
    {
        TrainedTokenizer trained = Train([], new TrainerOptions());
        Assert.Equal(257, trained.Tokens.Count);
        Assert.Empty(trained.Merges);
        Assert.Equal(257, Train([], new TrainerOptions { Model = TrainedModelKind.WordPiece }).Tokens.Count);
        Assert.Equal(257, Train([], new TrainerOptions { Model = TrainedModelKind.Unigram }).Tokens.Count);
        Assert.Single(Train([], new TrainerOptions { Model = TrainedModelKind.WordLevel }).Tokens);
    }

    /// <summary>Texts in many scripts, some 300 KB.</summary>
    private static string[] Documents() =>
        [.. TokenizerFixtures.Lines("golden", "documents.jsonl.zst").Where((_, i) => i % 5 == 0).Select(line => line.GetProperty("text").GetString()!)];

    private static TrainedTokenizer Train(IEnumerable<string> texts, TrainerOptions options) =>
        TokenizerTrainer.Train(texts, options, cancellation: TestContext.Current.CancellationToken);

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
}
