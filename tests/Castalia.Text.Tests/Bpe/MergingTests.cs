using Castalia.Text.Bpe;
using Castalia.Text.Models;

namespace Castalia.Text.Tests.Bpe;

/// <summary>The ways to merge against the rule said plainly: the pair of lowest rank, leftmost first, until none merges.</summary>
public sealed class MergingTests
{
    private const int Alphabet = 4;

    [Theory]
    [InlineData(0)]
    [InlineData(1 << 22)]
    public void Words_of_any_length_merge_by_the_rule(int firstResult)
    {
        Random random = new(5);
        for (int round = 0; round < 30; round++)
        {
            List<(int Left, int Right, int Result)> merges = RandomMerges(random, random.Next(1, 300), firstResult);
            int[] symbols = [.. Enumerable.Range(0, 256)];
            int[] lengths = new int[256 + firstResult + 1000];
            PieceEncoder encoder = new ByteLevelBpe(symbols, new MergeTable(merges), null, lengths).CreateEncoder();
            for (int length = 1; length < 140; length++)
            {
                byte[] word = [.. Enumerable.Range(0, length).Select(_ => (byte)random.Next(Alphabet))];
                IdBuffer ids = new();
                encoder.Encode(word, ids);
                Assert.Equal(Plainly(word, merges), ids.Ids.ToArray());
            }
        }
    }

    [Fact]
    public void A_table_knows_all_its_pairs_and_no_others()
    {
        Random random = new(6);
        Dictionary<(int, int), int> ranks = [];
        List<(int, int, int)> merges = [];
        for (int rank = 0; rank < 20_000; rank++)
        {
            (int, int) pair = (random.Next(500), random.Next(500));
            ranks[pair] = rank;
            merges.Add((pair.Item1, pair.Item2, 1000 + rank));
        }
        MergeTable table = new(merges);
        for (int left = 0; left < 500; left++)
        {
            for (int right = 0; right < 500; right++)
                Assert.Equal(ranks.GetValueOrDefault((left, right), MergeTable.None), table.RankOf(left, right));
        }
    }

    private static List<(int Left, int Right, int Result)> RandomMerges(Random random, int count, int firstResult)
    {
        List<int> tokens = [.. Enumerable.Range(0, Alphabet)];
        HashSet<(int, int)> pairs = [];
        List<(int, int, int)> merges = [];
        while (merges.Count < count)
        {
            (int Left, int Right) pair = (tokens[random.Next(tokens.Count)], tokens[random.Next(tokens.Count)]);
            if (!pairs.Add(pair))
                continue;
            int result = 256 + firstResult + merges.Count;
            merges.Add((pair.Left, pair.Right, result));
            // Mostly short tokens, so that merges meet.
            if (tokens.Count < 24)
                tokens.Add(result);
        }
        return merges;
    }

    private static List<int> Plainly(byte[] word, List<(int Left, int Right, int Result)> merges)
    {
        Dictionary<(int, int), int> ranks = merges.Select((merge, rank) => (merge, rank)).ToDictionary(one => (one.merge.Left, one.merge.Right), one => one.rank);
        List<int> symbols = [.. word.Select(value => (int)value)];
        while (true)
        {
            int best = -1, rank = int.MaxValue;
            for (int i = 0; i + 1 < symbols.Count; i++)
            {
                if (ranks.TryGetValue((symbols[i], symbols[i + 1]), out int found) && found < rank)
                    (best, rank) = (i, found);
            }
            if (best < 0)
                return symbols;
            symbols[best] = merges[rank].Result;
            symbols.RemoveAt(best + 1);
        }
    }
}
