using System.Text;
using Castalia.Text.Training;
using Castalia.Text.Training.Unigram;
using CsCheck;

namespace Castalia.Text.Tests.Training;

/// <summary>The parts of Unigram training, each against trying everything.</summary>
public sealed class UnigramTests
{
    private static readonly Gen<int[]> Text = Gen.Int[0, 3].Array[0, 60];

    private static readonly Gen<Dictionary<string, long>> Words = Gen.Select(Gen.String[Gen.Char["abc"], 1, 8], Gen.Long[1, 5]).List[1, 12]
        .Select(pairs => pairs.GroupBy(pair => pair.Item1).ToDictionary(group => group.Key, group => group.First().Item2));

    [Fact]
    public void Suffixes_are_in_order()
    {
        Gen.OneOf(Text, Gen.Int[0, 1].Array[0, 400], Gen.Int[0, 3].Array[1, 5].Select(part => Enumerable.Repeat(part, 30).SelectMany(x => x).ToArray())).Sample(text =>
        {
            IEnumerable<int> expected = Enumerable.Range(0, text.Length).Order(Comparer<int>.Create((x, y) => text.AsSpan(x).SequenceCompareTo(text.AsSpan(y))));
            Assert.Equal(expected, SuffixArray.Of(text, 4));
        }, iter: 2000);
    }

    [Fact]
    public void Repeated_substrings_are_those_that_different_symbols_follow()
    {
        Text.Sample(text =>
        {
            List<(string, int)> expected = [];
            foreach (var group in
                from start in Enumerable.Range(0, text.Length)
                from length in Enumerable.Range(2, 4)
                where start + length <= text.Length
                group start by (Written: string.Join(' ', text[start..(start + length)]), length))
            {
                // The end of the text counts as a symbol of its own.
                if (group.Select(start => start + group.Key.length < text.Length ? text[start + group.Key.length] : -1).Distinct().Count() > 1)
                    expected.Add((group.Key.Written, group.Count()));
            }
            List<(string, int)> found = [];
            RepeatedSubstrings.Find(text, 4, 2, 5, (start, length, times) => found.Add((string.Join(' ', text[start..(start + length)]), times)));
            Assert.Equal(expected.Order(), found.Order());
        }, iter: 500);
    }

    [Fact]
    public void Expected_counts_and_best_ways_are_those_of_trying_all()
    {
        Words.Sample(words =>
        {
            Sentences sentences = new(Count(words), WordUnits.Characters);
            PieceModel model = new(sentences, SeedPieces.Find(sentences, 4, 1000));
            double[] expected = new double[model.Pieces.Length];
            double likelihood = 0;
            Lattice lattice = new();
            for (int i = 0; i < sentences.Count; i++)
            {
                string sentence = string.Concat(sentences[i].ToArray().Select(symbol => (char)sentences.CharacterOf[symbol]));
                List<(List<int> Pieces, double Score)> ways = Ways(sentence, sentences, model);
                double all = Math.Log(ways.Sum(way => Math.Exp(way.Score)));
                likelihood += sentences.TimesOf(i) * all;
                foreach ((List<int> pieces, double score) in ways)
                {
                    foreach (int piece in pieces)
                        expected[piece] += sentences.TimesOf(i) * Math.Exp(score - all);
                }
                lattice.Fill(sentences[i], model);
                List<int> path = [];
                lattice.Best(path);
                double best = path.Sum(node => lattice.Nodes[node].Score);
                Assert.Equal(ways.Max(way => way.Score), best, 1e-9);
                (int[]? first, int[]? second) = lattice.BestTwo();
                Assert.Equal(best, first!.Sum(piece => model.Pieces[piece].Score), 1e-9);
                double[] scores = [.. ways.Select(way => way.Score).OrderDescending()];
                Assert.Equal(scores.Length > 1, second is not null);
                if (second is not null)
                    Assert.Equal(scores[1], second.Sum(piece => model.Pieces[piece].Score), 1e-9);
            }
            (double[] found, double logLikelihood) = new ExpectationMaximization(sentences, new ParallelOptions()).Expect(model);
            Assert.Equal(likelihood, logLikelihood, 1e-6);
            for (int id = 0; id < expected.Length; id++)
                Assert.Equal(expected[id], found[id], 1e-6);
        }, iter: 60);
    }

    [Fact]
    public void Probabilities_of_expected_counts_make_the_sentences_no_less_probable()
    {
        Words.Sample(words =>
        {
            Sentences sentences = new(Count(words), WordUnits.Characters);
            ExpectationMaximization estimation = new(sentences, new ParallelOptions());
            PieceModel model = new(sentences, SeedPieces.Find(sentences, 4, 1000));
            double before = double.NegativeInfinity;
            for (int i = 0; i < 6; i++)
            {
                (double[] expected, double likelihood) = estimation.Expect(model);
                Assert.True(likelihood >= before - 1e-6, $"{likelihood} after {before}");
                before = likelihood;
                // The plain rule, without the prior that Maximize has: the likelihood then never falls.
                double sum = expected.Skip(1).Sum();
                int[] all = [.. Enumerable.Range(0, expected.Length)];
                model = model.With(sentences, all, [double.NaN, .. expected.Skip(1).Select(count => Math.Log(Math.Max(count, 1e-300) / sum))]);
            }
        }, iter: 100);
    }

    [Fact]
    public void Scores_are_digamma_of_the_counts_and_rare_pieces_go()
    {
        Sentences sentences = new(Count(new() { ["ab"] = 10, ["abc"] = 1 }), WordUnits.Characters);
        PieceModel model = new(sentences, SeedPieces.Find(sentences, 4, 1000));
        Assert.Equal(["", "b", "a", "c", "ab"], model.Pieces.Select(piece => sentences.Write(piece.Start, piece.Length)));
        PieceModel next = new ExpectationMaximization(sentences, new ParallelOptions()).Maximize(model, [7, 3, 0.4, 1, 8]);
        Assert.Equal(["", "b", "c", "ab"], next.Pieces.Select(piece => sentences.Write(piece.Start, piece.Length)));
        Assert.Equal(ExpectationMaximization.Digamma(3) - ExpectationMaximization.Digamma(12), next.Pieces[1].Score, 1e-12);
        // Values of Abramowitz and Stegun, tables 6.1 and 6.2; the expansion is good to about 1e-10.
        Assert.Equal(-0.5772156649015329, ExpectationMaximization.Digamma(1), 1e-9);
        Assert.Equal(0.0364899739785765, ExpectationMaximization.Digamma(1.5), 1e-9);
        Assert.Equal(2.2517525890667211, ExpectationMaximization.Digamma(10), 1e-9);
    }

    [Fact]
    public void Seeds_are_characters_by_count_then_substrings_by_text_covered()
    {
        // As HF's own test has it: of equal numbers the larger characters come first.
        Sentences sentences = new(Count(new() { ["This is a"] = 1, ["こんにちは友達"] = 1 }), WordUnits.Characters);
        Piece[] seeds = SeedPieces.Find(sentences, 16, 1_000_000);
        Assert.Equal(
            ["s", "i", " ", "達", "友", "ん", "は", "に", "ち", "こ", "h", "a", "T", "is ", "s "],
            seeds.Skip(1).Select(piece => sentences.Write(piece.Start, piece.Length)));
        Assert.Equal(Math.Log(6.0 / 26), seeds[^2].Score, 1e-12);
    }

    [Fact]
    public void Every_character_stays_a_token_and_sizes_are_kept()
    {
        Words.Sample(words =>
        {
            TrainerOptions options = new() { Model = TrainedModelKind.Unigram, VocabularySize = 12, SpecialTokens = ["<s>"], UnknownToken = "<u>", InitialAlphabet = "xy" };
            TrainedUnigram trained = (TrainedUnigram)TokenizerTrainer.Train(Count(words), WordUnits.Characters, options, null, default);
            Assert.InRange(trained.Tokens.Count, 4, 12);
            Assert.Equal(["<u>", "<s>"], trained.Tokens.Take(2));
            Assert.Empty(words.Keys.SelectMany(word => word).Concat("xy").Select(c => c.ToString()).Except(trained.Tokens));
            Assert.Equal(trained.Scores.Skip(2).OrderDescending(), trained.Scores.Skip(2));
            Assert.Equal(trained.Tokens.Count, trained.Tokens.Distinct().Count());
        }, iter: 100);
    }

    [Fact]
    public void Long_repetitions_take_no_longer_than_other_text()
    {
        Dictionary<string, long> words = new()
        {
            [new string('a', 200_000)] = 1,
            [string.Concat(Enumerable.Repeat("ab", 100_000))] = 1,
            [string.Concat(Enumerable.Range(0, 20_000).Select(i => (char)('a' + (i * i % 7))))] = 1,
        };
        TrainerOptions options = new() { Model = TrainedModelKind.Unigram, VocabularySize = 60, SpecialTokens = [] };
        TrainedModel trained = TokenizerTrainer.Train(Count(words), WordUnits.Characters, options, null, TestContext.Current.CancellationToken);
        Assert.Contains(new string('a', 16), trained.Tokens);
    }

    private static List<(List<int> Pieces, double Score)> Ways(string sentence, Sentences sentences, PieceModel model)
    {
        if (sentence.Length == 0)
            return [([], 0)];
        List<(List<int>, double)> ways = [];
        for (int id = 1; id < model.Pieces.Length; id++)
        {
            Piece piece = model.Pieces[id];
            string text = sentences.Write(piece.Start, piece.Length);
            if (!sentence.StartsWith(text, StringComparison.Ordinal))
                continue;
            foreach ((List<int> rest, double score) in Ways(sentence[text.Length..], sentences, model))
                ways.Add(([id, .. rest], piece.Score + score));
        }
        return ways;
    }

    private static WordCounts Count(Dictionary<string, long> words)
    {
        WordCounts counts = new();
        foreach ((string word, long times) in words)
            counts.Add(Encoding.UTF8.GetBytes(word), times);
        return counts;
    }
}
