using Castalia.Models.Sampling;
using CsCheck;

namespace Castalia.Models.Tests.Generation;

/// <summary>Each processor on numbers worked out by hand, and against its definition written down plainly.</summary>
public sealed class LogitsProcessorsTests
{
    private const float Out = float.NegativeInfinity;

    private static readonly Gen<float[]> Logits = Gen.OneOf(
        Gen.Int[-600, 600].Array[1, 40].Select(numbers => numbers.Select(number => number / 100f).ToArray()),
        Gen.Int[-2, 2].Array[1, 40].Select(numbers => numbers.Select(number => (float)number).ToArray()), // many equal ones
        Gen.OneOf(Gen.Const(Out), Gen.Int[0, 3].Select(number => (float)number)).Array[1, 20].Where(numbers => numbers.Any(number => number > Out)));

    [Fact]
    public void The_penalty_divides_what_is_positive_and_multiplies_what_is_negative()
    {
        float[] logits = [2, -2, 0, 3, -3];
        LogitsProcessors.RepetitionPenalty(logits, [0, 1, 2], 4);
        Assert.Equal([0.5f, -8, 0, 3, -3], logits);
        LogitsProcessors.RepetitionPenalty(logits, [3, 4], 0.5);
        Assert.Equal([0.5f, -8, 0, 6, -1.5f], logits);
    }

    [Fact]
    public void Temperature_divides()
    {
        float[] logits = [1, -3, Out];
        LogitsProcessors.Temperature(logits, 2);
        Assert.Equal([0.5f, -1.5f, Out], logits);
    }

    [Theory]
    [InlineData(1, new[] { Out, 4, Out, Out })]
    [InlineData(2, new[] { 2, 4, 2, Out })] // both of the equal second ones
    [InlineData(3, new[] { 2, 4, 2, Out })]
    [InlineData(4, new[] { 2, 4, 2, float.NaN })]
    public void Top_k_keeps_what_equals_the_last(int k, float[] expected)
    {
        float[] logits = [2, 4, 2, float.NaN];
        LogitsProcessors.TopK(logits, k, new SamplingRoom());
        Assert.Equal(expected, logits);
    }

    // Probabilities 1/8, 1/2, 1/8, 1/4.
    [Theory]
    [InlineData(0.49, new[] { 1 })]
    [InlineData(0.51, new[] { 1, 3 })] // the one that crosses stays
    [InlineData(0.74, new[] { 1, 3 })]
    [InlineData(0.76, new[] { 1, 2, 3 })] // of two equally likely ones the lower id goes
    [InlineData(0.87, new[] { 1, 2, 3 })]
    [InlineData(0.88, new[] { 0, 1, 2, 3 })]
    [InlineData(1, new[] { 0, 1, 2, 3 })]
    public void Top_p_keeps_the_fewest_that_reach_it(double p, int[] kept) =>
        Assert.Equal(kept, Kept([Ln(1 / 8.0), Ln(0.5), Ln(1 / 8.0), Ln(0.25)], (logits, room) => LogitsProcessors.TopP(logits, p, room)));

    // Probabilities over the likeliest: 1/4, 1, 1/4, 1/2.
    [Theory]
    [InlineData(0, new[] { 0, 1, 2, 3 })]
    [InlineData(0.24, new[] { 0, 1, 2, 3 })]
    [InlineData(0.26, new[] { 1, 3 })]
    [InlineData(0.51, new[] { 1 })]
    [InlineData(1, new[] { 1 })]
    public void Min_p_measures_by_the_likeliest(double p, int[] kept) =>
        Assert.Equal(kept, Kept([Ln(1 / 8.0), Ln(0.5), Ln(1 / 8.0), Ln(0.25)], (logits, room) => LogitsProcessors.MinP(logits, p, room)));

    // Probabilities 0.6, 0.25, 0.1, 0.05: information 0.511, 1.386, 2.303, 2.996; entropy 1.033; distances 0.522, 0.353, 1.269, 1.962.
    [Theory]
    [InlineData(0.2, new[] { 1 })]
    [InlineData(0.26, new[] { 0, 1 })]
    [InlineData(0.84, new[] { 0, 1 })]
    [InlineData(0.86, new[] { 0, 1, 2 })]
    [InlineData(0.96, new[] { 0, 1, 2, 3 })]
    [InlineData(1, new[] { 0, 1, 2, 3 })]
    public void Typical_p_keeps_those_nearest_to_the_entropy(double p, int[] kept) =>
        Assert.Equal(kept, Kept([Ln(0.6), Ln(0.25), Ln(0.1), Ln(0.05)], (logits, room) => LogitsProcessors.TypicalP(logits, p, room)));

    [Fact]
    public void Typical_p_keeps_what_is_as_near_as_the_last()
    {
        // All equally likely: all as near.
        Assert.Equal([0, 1, 2, 3], Kept([1, 1, 1, 1], (logits, room) => LogitsProcessors.TypicalP(logits, 0.1, room)));
    }

    [Fact]
    public void Top_k_is_the_plain_definition() =>
        Check.Sample(Gen.Select(Logits, Gen.Int[1, 50]), (given, k) =>
        {
            float least = given.OrderDescending().ElementAt(Math.Min(k, given.Length) - 1);
            Expect(given, i => given[i] >= least, (logits, room) => LogitsProcessors.TopK(logits, k, room));
        });

    [Fact]
    public void Top_p_is_the_plain_definition() =>
        Check.Sample(Gen.Select(Logits, Gen.Double[0.01, 0.999]), (given, p) =>
        {
            double[] probabilities = Softmax(given);
            int[] order = [.. Enumerable.Range(0, given.Length).OrderBy(i => given[i])]; // stable: of equal ones the lower id first
            double[] sums = new double[order.Length];
            for (int i = 0; i < order.Length; i++)
                sums[i] = probabilities[order[i]] + (i > 0 ? sums[i - 1] : 0);
            if (sums.Any(sum => Math.Abs(sum - (1 - p)) < 1e-9))
                return; // rounding decides
            HashSet<int> taken = [.. order.Take(order.Length - 1).TakeWhile((_, i) => sums[i] <= 1 - p)];
            Expect(given, i => !taken.Contains(i), (logits, room) => LogitsProcessors.TopP(logits, p, room));
        });

    [Fact]
    public void Min_p_is_the_plain_definition() =>
        Check.Sample(Gen.Select(Logits, Gen.Double[0, 1]), (given, p) =>
        {
            double[] probabilities = Softmax(given);
            if (probabilities.Any(probability => Math.Abs(probability / probabilities.Max() - p) < 1e-9))
                return;
            Expect(given, i => probabilities[i] >= p * probabilities.Max(), (logits, room) => LogitsProcessors.MinP(logits, p, room));
        });

    [Fact]
    public void Typical_p_is_the_plain_definition() =>
        Check.Sample(Gen.Select(Logits, Gen.Double[0.01, 0.999]), (given, p) =>
        {
            double[] probabilities = Softmax(given);
            double entropy = -probabilities.Where(probability => probability > 0).Sum(probability => probability * Math.Log(probability));
            double[] distances = [.. probabilities.Select(probability => Math.Abs(-Math.Log(probability) - entropy))];
            // The least distance within which the probabilities reach p. Where rounding would decide, nothing is said.
            double within = distances.Order().FirstOrDefault(distance => Sum(distance) >= p, double.PositiveInfinity), Slack = 1e-6;
            double Sum(double distance) => probabilities.Where((_, i) => distances[i] <= distance + 1e-9).Sum();
            if (distances.Any(distance => Math.Abs(Sum(distance) - p) < Slack) || distances.Any(distance => Math.Abs(distance - within) is > 1e-12 and < 1e-6))
                return;
            Expect(given, i => distances[i] <= within + 1e-9 || given[i] == Out, (logits, room) => LogitsProcessors.TypicalP(logits, p, room));
        });

    /// <summary>What a processor leaves is what was there, and what it takes is −∞.</summary>
    private static void Expect(float[] given, Func<int, bool> kept, Action<float[], SamplingRoom> process)
    {
        float[] logits = [.. given];
        process(logits, new SamplingRoom());
        Assert.Equal(given.Select((logit, i) => kept(i) ? logit : Out), logits);
    }

    private static int[] Kept(float[] logits, Action<float[], SamplingRoom> process)
    {
        process(logits, new SamplingRoom());
        return [.. Enumerable.Range(0, logits.Length).Where(i => logits[i] > Out)];
    }

    private static float Ln(double probability) => (float)Math.Log(probability);

    private static double[] Softmax(float[] logits)
    {
        double[] weights = [.. logits.Select(logit => Math.Exp((double)logit - logits.Max()))];
        return [.. weights.Select(weight => weight / weights.Sum())];
    }
}
