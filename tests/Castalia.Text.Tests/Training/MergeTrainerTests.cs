using System.Text;
using Castalia.Text.Training;
using CsCheck;

namespace Castalia.Text.Tests.Training;

/// <summary>BPE and WordPiece from counted words, against HF's rule written plainly.</summary>
public sealed class MergeTrainerTests
{
    // Characters of one to four bytes, so that lengths in bytes, UTF-16 and characters differ; # is in the prefix too.
    private static readonly string[] Letters = ["a", "b", "c", "é", "漢", "𝒜", "#"];

    private static readonly Gen<string> Word = Gen.Int[0, Letters.Length - 1].Select(i => Letters[i]).List[1, 7].Select(string.Concat);

    private static readonly Gen<Dictionary<string, long>> Words =
        Gen.Select(Word, Gen.Long[1, 9]).List[0, 25].Select(pairs => pairs.GroupBy(pair => pair.Item1).ToDictionary(group => group.Key, group => group.First().Item2));

    [Theory]
    [InlineData(0, null, null, null, null)]
    [InlineData(3, null, null, null, null)]
    [InlineData(0, 4, null, null, null)]
    [InlineData(2, 3, null, null, null)]
    [InlineData(0, null, "##", null, null)]
    [InlineData(0, 4, "@", null, null)]
    [InlineData(0, null, null, "</w>", null)]
    [InlineData(2, null, "@", "</w>", null)]
    [InlineData(0, null, null, null, 3)]
    [InlineData(0, 5, "@", "</w>", 4)]
    public void Tokens_and_merges_are_those_of_the_rule(int minFrequency, int? maxTokenLength, string? prefix, string? suffix, int? limit)
    {
        TrainerOptions options = new()
        {
            VocabularySize = 60,
            SpecialTokens = ["<s>", "c", "abc"],
            MinFrequency = minFrequency,
            MaxTokenLength = maxTokenLength,
            ContinuingSubwordPrefix = prefix,
            EndOfWordSuffix = suffix,
            LimitAlphabet = limit,
            InitialAlphabet = "zé",
        };
        int compared = 0;
        Words.Sample(words =>
        {
            if (prefix == "##")
                words = words.Where(word => !word.Key.Contains('#')).ToDictionary(); // what is before a token has to be told from the token
            TrainedBpe trained = (TrainedBpe)Train(words, options);
            PlainMerges queue = new PlainMerges(words, options).WithQueue();
            Assert.Equal(queue.Tokens, trained.Tokens);
            Assert.Equal(queue.Merges.AsEnumerable().Reverse().Distinct().Reverse(), trained.Merges);
            PlainMerges anew = new PlainMerges(words, options).CountingAnew();
            if (anew.MadeOldToken)
                return;
            Interlocked.Increment(ref compared);
            Assert.Equal(anew.Tokens, trained.Tokens);
            Assert.Equal(anew.Merges, trained.Merges);
        }, iter: 150);
        Assert.InRange(compared, 50, 1000);
    }

    [Fact]
    public void Text_in_bytes_gives_the_same_merges_as_its_characters_of_the_byte_alphabet()
    {
        TrainerOptions options = new() { VocabularySize = 330, MinFrequency = 1 };
        Words.Sample(words =>
        {
            Dictionary<string, long> written = words.ToDictionary(word => ByteAlphabet.Write(Encoding.UTF8.GetBytes(word.Key)), word => word.Value);
            TrainerOptions asked = options with { InitialAlphabet = string.Concat(ByteAlphabet.CharacterOf) };
            TrainedModel bytes = TokenizerTrainer.Train(Count(words), WordUnits.Bytes, options, null, default);
            TrainedModel characters = TokenizerTrainer.Train(Count(written), WordUnits.Characters, asked, null, default);
            Assert.Equal(characters.Tokens, bytes.Tokens);
            Assert.Equal(((TrainedBpe)characters).Merges, ((TrainedBpe)bytes).Merges);
        }, iter: 50);
    }

    [Fact]
    public void WordPiece_is_the_vocabulary_of_BPE_with_a_prefix()
    {
        TrainerOptions options = new() { Model = TrainedModelKind.WordPiece, VocabularySize = 40, SpecialTokens = ["[UNK]"] };
        Words.Sample(words => Assert.Equal(
            Train(words, options with { Model = TrainedModelKind.Bpe, ContinuingSubwordPrefix = "##" }).Tokens, Train(words, options).Tokens), iter: 50);
    }

    [Fact]
    public void A_vocabulary_is_the_beginning_of_any_larger_one()
    {
        TrainerOptions options = new() { VocabularySize = 60, SpecialTokens = [] };
        Words.Sample(words =>
        {
            IReadOnlyList<string> large = Train(words, options).Tokens;
            int alphabet = large.TakeWhile(token => token.EnumerateRunes().Count() == 1).Count();
            int size = (alphabet + large.Count) / 2;
            Assert.Equal(large.Take(size), Train(words, options with { VocabularySize = size }).Tokens);
        }, iter: 50);
    }

    [Fact]
    public void Counts_of_more_than_32_bits_are_kept()
    {
        Dictionary<string, long> words = new() { ["ab"] = 5_000_000_000, ["cd"] = 5_000_000_001 };
        Assert.Equal([("c", "d"), ("a", "b")], ((TrainedBpe)Train(words, new TrainerOptions { SpecialTokens = [] })).Merges);
    }

    [Fact]
    public void A_pair_merged_twice_is_kept_once_at_its_last_place()
    {
        TrainedBpe trained = new(["a", "b", "c", "ab"], [(0, 1), (0, 2), (0, 1)], new TrainerOptions());
        Assert.Equal([("a", "c"), ("a", "b")], trained.Merges);
    }

    private static TrainedModel Train(Dictionary<string, long> words, TrainerOptions options) =>
        TokenizerTrainer.Train(Count(words), WordUnits.Characters, options, null, TestContext.Current.CancellationToken);

    private static WordCounts Count(Dictionary<string, long> words)
    {
        WordCounts counts = new();
        foreach ((string word, long times) in words)
            Assert.True(counts.Add(Encoding.UTF8.GetBytes(word), times));
        return counts;
    }
}
