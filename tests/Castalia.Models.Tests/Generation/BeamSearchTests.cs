using Castalia.Models.Beams;
using CsCheck;

namespace Castalia.Models.Tests.Generation;

/// <summary>The search over tables of log probabilities that depend on all tokens before, as a model's do.</summary>
public sealed class BeamSearchTests
{
    private static readonly Gen<GenerationOptions> Options = Gen.Select(
        Gen.Int[1, 5], Gen.Int[1, 5], Gen.OneOf(Gen.Const(-1.0), Gen.Const(0.0), Gen.Const(0.5), Gen.Const(1.0), Gen.Const(2.0)), Gen.Enum<EarlyStopping>(), Gen.OneOf(Gen.Const(1.0), Gen.Const(1.3)),
        (length, beams, penalty, early, repetition) => new GenerationOptions
        {
            MaxNewTokens = length,
            NumBeams = beams,
            LengthPenalty = penalty,
            EarlyStopping = early,
            RepetitionPenalty = repetition,
        });

    [Fact]
    public void A_beam_as_wide_as_all_there_is_finds_what_trying_everything_finds() =>
        Check.Sample(Gen.Select(Options, Gen.Int), (given, table) =>
        {
            GenerationOptions options = given with { NumBeams = 1000, EarlyStopping = EarlyStopping.Never, MaxNewTokens = Math.Min(given.MaxNewTokens, 4) };
            BeamHypothesis best = Everything([], 0, options, table, vocabulary: 4).MaxBy(found => found.Score)!;
            BeamHypothesis found = Search(options, [0], table, vocabulary: 4)[0];
            Assert.Equal(best.Tokens, found.Tokens);
            Assert.Equal(best.Score, found.Score, 1e-9);
        }, iter: 300);

    [Fact]
    public void Narrow_beams_are_those_of_the_dense_formulation() =>
        Check.Sample(Gen.Select(Options, Gen.Int, Gen.Int[0, 2]), (options, table, stops) =>
        {
            int[] ends = [.. Enumerable.Range(3, stops)];
            IReadOnlyList<BeamHypothesis> expected = Dense(options, ends, table, vocabulary: 20), found = Search(options, ends, table, vocabulary: 20);
            Assert.Equal(expected.Select(one => string.Join(' ', one.Tokens)), found.Select(one => string.Join(' ', one.Tokens)));
            Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-9));
        }, iter: 2000);

    [Fact]
    public void One_beam_is_greedy()
    {
        var options = new GenerationOptions { MaxNewTokens = 6, NumBeams = 1 };
        int[] tokens = [];
        for (int i = 0; i < 6; i++)
        {
            float[] row = Row(tokens, 5, 20);
            tokens = [.. tokens, Array.IndexOf(row, row.Max())];
        }
        Assert.Equal(tokens, Search(options, [], 5, 20)[0].Tokens);
    }

    /// <summary>The log probabilities after some tokens: a softmax of numbers that the tokens seed.</summary>
    private static float[] Row(IReadOnlyList<int> tokens, int table, int vocabulary)
    {
        var random = new Random(tokens.Aggregate(table, (hash, token) => unchecked(hash * 31 + token + 1)));
        double[] logits = [.. Enumerable.Range(0, vocabulary).Select(_ => 6 * random.NextDouble())];
        double sum = Math.Log(logits.Sum(Math.Exp));
        return [.. logits.Select(logit => (float)(logit - sum))];
    }

    private static float[] Penalized(IReadOnlyList<int> tokens, GenerationOptions options, int table, int vocabulary) =>
        [.. Row(tokens, table, vocabulary).Select((score, token) => tokens.Contains(token) ? (float)(score * options.RepetitionPenalty) : score)];

    private static IReadOnlyList<BeamHypothesis> Search(GenerationOptions options, int[] stops, int table, int vocabulary)
    {
        var search = new BeamSearch(options, stops, []);
        for (int steps = 0; !search.Done; steps++)
        {
            Assert.True(steps < options.MaxNewTokens);
            search.Advance(search.Running.SelectMany(beam => Row(beam.Tokens(), table, vocabulary)).ToArray());
        }
        return search.Hypotheses;
    }

    private static IEnumerable<BeamHypothesis> Everything(int[] tokens, double sum, GenerationOptions options, int table, int vocabulary)
    {
        if (tokens.Length == options.MaxNewTokens || tokens is [.., 0])
            return [new BeamHypothesis(tokens, sum / Math.Pow(tokens.Length, options.LengthPenalty))];
        float[] row = Penalized(tokens, options, table, vocabulary);
        return Enumerable.Range(0, vocabulary).SelectMany(token => Everything([.. tokens, token], sum + row[token], options, table, vocabulary));
    }

    /// <summary>Beam search in transformers' terms: always as many rows as beams, those that do not count at −10⁹.</summary>
    private static IReadOnlyList<BeamHypothesis> Dense(GenerationOptions options, int[] stops, int table, int vocabulary)
    {
        const double Nothing = -1e9;
        int beams = options.NumBeams, width = Math.Max(2, 1 + stops.Length) * beams;
        List<(int[] Tokens, double Score)> running = [.. Enumerable.Range(0, beams).Select(beam => (Array.Empty<int>(), beam == 0 ? 0 : Nothing))];
        List<(int[] Tokens, double Score, bool Ended)> kept = [.. Enumerable.Repeat((Array.Empty<int>(), Nothing, false), beams)];
        bool improvable = true;
        for (int length = 1; ; length++)
        {
            var top = running
                .SelectMany(beam => Penalized(beam.Tokens, options, table, vocabulary).Select((score, token) => (Tokens: (int[])[.. beam.Tokens, token], Score: beam.Score + score)))
                .OrderByDescending(candidate => candidate.Score).Take(width).ToList();
            bool[] hits = [.. top.Select(candidate => length == options.MaxNewTokens || stops.Contains(candidate.Tokens[^1]))];
            running = [.. top.Select((candidate, i) => (candidate.Tokens, candidate.Score + (hits[i] ? Nothing : 0))).OrderByDescending(candidate => candidate.Item2).Take(beams)];
            bool closed = kept.All(one => one.Ended) && options.EarlyStopping == EarlyStopping.True;
            var scored = top.Select((candidate, i) => (
                candidate.Tokens,
                Score: candidate.Score / Math.Pow(length, options.LengthPenalty) + (closed ? Nothing : 0) + (hits[i] && i < beams ? 0 : Nothing),
                Ended: hits[i] && i < beams));
            kept = [.. kept.Concat(scored).OrderByDescending(one => one.Score).Take(beams)];
            int best = options.EarlyStopping == EarlyStopping.Never && options.LengthPenalty > 0 ? options.MaxNewTokens : length;
            double hope = running[0].Score / Math.Pow(best, options.LengthPenalty), worst = kept.Min(one => one.Score);
            improvable &= kept.Any(one => hope > (one.Ended ? worst : Nothing));
            if (!improvable || kept.All(one => one.Ended) && options.EarlyStopping == EarlyStopping.True || hits.All(hit => hit))
                return [.. kept.Where(one => one.Ended).Select(one => new BeamHypothesis(one.Tokens, one.Score))];
        }
    }
}
