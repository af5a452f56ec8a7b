using System.Text;
using Castalia.Testing;
using Castalia.Text.Training;
using CsCheck;

namespace Castalia.Text.Tests.Training;

/// <summary>Counting words in memory and in files, against a dictionary.</summary>
public sealed class CountingTests
{
    private static readonly Gen<string> Word = Gen.Select(Gen.Int[0, 40], Gen.Int[1, 30], (letter, length) => new string((char)('a' + letter), length));

    [Fact]
    public void Words_are_counted_as_a_dictionary_does()
    {
        Gen.Select(Word, Gen.Long[1, 1L << 40]).List[0, 3000].Sample(words =>
        {
            WordCounts counts = new();
            foreach ((string word, long times) in words)
                Assert.True(counts.Add(Encoding.UTF8.GetBytes(word), times));
            Assert.Equal(Expected(words), InOrder(counts));
            Assert.Equal(Expected(words), InOrder(counts, sorted: false).OrderBy(pair => pair.Item1, StringComparer.Ordinal));
            Assert.Equal(Expected(words).Count, counts.Count);
        }, iter: 30);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20_000)]
    [InlineData(100_000)]
    public void Runs_in_files_have_the_counts_of_memory(long budget)
    {
        using TemporaryFolder folder = new();
        Gen.Select(Word, Gen.Long[1, 1L << 40]).List[0, 3000].Sample(words =>
        {
            using WordRuns runs = new(folder[""]);
            WordCounts counts = new(budget);
            foreach ((string word, long times) in words)
            {
                if (counts.Add(Encoding.UTF8.GetBytes(word), times))
                    continue;
                runs.Add(counts);
                counts.Clear();
                Assert.True(counts.Add(Encoding.UTF8.GetBytes(word), times));
            }
            runs.Add(counts);
            Assert.Equal(Expected(words), InOrder(runs));
            Assert.Equal(Expected(words), InOrder(runs)); // twice, as trainers read them
            Assert.InRange(runs.Count, 1, 64);
        }, iter: 10, threads: 1);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder[""]));
    }

    [Fact]
    public void A_table_keeps_to_its_budget_and_takes_one_word_of_any_length()
    {
        WordCounts counts = new(budget: 50_000);
        int fitted = Enumerable.Range(0, 100_000).TakeWhile(i => counts.Add(BitConverter.GetBytes(i), 1)).Count();
        Assert.InRange(fitted, 500, 2000);
        Assert.True(counts.Add(BitConverter.GetBytes(0), 1)); // what is there already can be counted on
        Assert.False(counts.Add(new byte[1_000_000], 1));
        counts.Clear();
        Assert.True(counts.Add(new byte[1_000_000], 1));
        Assert.Equal(1, counts.Count);
    }

    [Fact]
    public void Words_longer_than_a_reader_s_buffer_come_back()
    {
        using TemporaryFolder folder = new();
        using WordRuns runs = new(folder[""]);
        (string, long)[] words = [("a" + new string('x', 300_000), 3), ("b", 5_000_000_000), (new string('c', 65_536), 1)];
        foreach ((string word, long times) in words)
        {
            WordCounts counts = new();
            counts.Add(Encoding.UTF8.GetBytes(word), times);
            counts.Add("b"u8, 1);
            runs.Add(counts);
        }
        Assert.Equal(Expected([.. words, ("b", 3)]), InOrder(runs));
    }

    [Fact]
    public void WordLevel_takes_the_most_frequent_words_and_of_equal_ones_the_first()
    {
        string[] letters = ["a", "b", "ａ", "𝒜", "\uE000"]; // U+FF41 and U+E000 come before U+1D49C, in UTF-16 after it
        Gen.Select(Gen.Int[0, 4].Select(i => letters[i]).List[1, 3].Select(string.Concat), Gen.Long[1, 4]).List[0, 60].Sample(pairs =>
        {
            Dictionary<string, long> words = pairs.GroupBy(pair => pair.Item1).ToDictionary(group => group.Key, group => group.First().Item2);
            WordCounts counts = new();
            foreach ((string word, long times) in words)
                counts.Add(Encoding.UTF8.GetBytes(word), times);
            TrainerOptions options = new() { Model = TrainedModelKind.WordLevel, VocabularySize = 12, MinFrequency = 2, SpecialTokens = ["<s>", "a"] };
            IEnumerable<string> expected = words.Where(word => word.Value >= 2 && word.Key != "a")
                .OrderByDescending(word => word.Value).ThenBy(word => Convert.ToHexString(Encoding.UTF8.GetBytes(word.Key)), StringComparer.Ordinal)
                .Select(word => word.Key).Take(10);
            Assert.Equal(["<s>", "a", .. expected], TokenizerTrainer.Train(counts, WordUnits.Characters, options, null, default).Tokens);
        }, iter: 200);
    }

    private static List<(string, long)> Expected(IEnumerable<(string Word, long Times)> words) =>
        [.. words.GroupBy(word => word.Word).Select(group => (group.Key, group.Sum(word => word.Times))).OrderBy(pair => pair.Key, StringComparer.Ordinal)];

    private static List<(string, long)> InOrder(CountedWords words, bool sorted = true)
    {
        List<(string, long)> all = [];
        WordVisitor visit = (word, times) => all.Add((Encoding.UTF8.GetString(word), times));
        if (sorted)
            words.ForEachInOrder(visit);
        else
            words.ForEach(visit);
        return all;
    }
}
