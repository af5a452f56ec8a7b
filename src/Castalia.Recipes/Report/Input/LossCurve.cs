using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Castalia.Training;

namespace Castalia.Recipes.Report;

/// <summary>
/// A model's training, thinned while it is read, so that a run of any length takes little memory: on a logarithmic axis a few hundred
/// places hold all that can be seen.
/// </summary>
public sealed record LossCurve
{
    private const double BinsPerDoubling = 36;

    // The mean is over a bin and so many on each side: seven bins span 14 % of the way.
    private const int Neighbours = 3;

    /// <summary>The mean loss around logarithmically spaced steps, over a width that is even on a logarithmic axis.</summary>
    public required IReadOnlyList<LossPoint> Smoothed { get; init; }

    /// <summary>The loss as it was: of each stretch between two smoothed points the least and the greatest, in order of steps.</summary>
    public required IReadOnlyList<LossPoint> Raw { get; init; }

    /// <summary>The loss on validation batches, where it was taken.</summary>
    public required IReadOnlyList<LossPoint> Validation { get; init; }

    /// <summary>The first step's loss, in nats.</summary>
    public required double FirstLoss { get; init; }

    /// <summary>The last step.</summary>
    public required long Steps { get; init; }

    /// <summary>Tokens trained on.</summary>
    public required long Tokens { get; init; }

    /// <summary>Seconds of all steps.</summary>
    public required double Seconds { get; init; }

    /// <summary>At each smoothed step, a hash over the batches up to it: equal where two models saw the same batches in the same order.</summary>
    public required IReadOnlyDictionary<long, string> BatchChain { get; init; }

    /// <summary>The smoothed loss at the end, in nats.</summary>
    public double FinalLoss => Smoothed[^1].Loss;

    /// <summary>Reads a <c>metrics.jsonl</c>.</summary>
    /// <returns>Null where it has no step yet.</returns>
    /// <exception cref="InputException">A line is not a step's metrics.</exception>
    public static LossCurve? Read(string path)
    {
        var bins = new List<Bin>();
        var validation = new List<LossPoint>();
        byte[] batches = [];
        StepMetrics? first = null;
        StepMetrics? last = null;
        double seconds = 0;
        foreach (StepMetrics metrics in MetricsFile.Read(path))
        {
            first ??= metrics;
            last = metrics;
            seconds += metrics.Timing.Seconds;
            string batch = string.Create(CultureInfo.InvariantCulture, $"{metrics.Step} {metrics.BatchHash}");
            batches = SHA256.HashData([.. batches, .. Encoding.UTF8.GetBytes(batch)]);
            long number = (long)(Math.Log2(Math.Max(1, metrics.Step)) * BinsPerDoubling);
            if (bins.Count == 0 || bins[^1].Number != number)
                bins.Add(new Bin(number));
            bins[^1].Add(metrics, batches);
            if (metrics.ValidationLoss is { } loss)
                validation.Add(new LossPoint(metrics.Step, metrics.Tokens, loss));
        }
        if (first is null || last is null)
            return null;
        return new LossCurve
        {
            Smoothed = [.. bins.Select((bin, i) => bin.Last with { Loss = MeanAround(bins, i) })],
            Raw = [.. bins.SelectMany(bin => bin.Extremes())],
            Validation = validation,
            FirstLoss = first.Loss,
            Steps = last.Step,
            Tokens = last.Tokens,
            Seconds = seconds,
            BatchChain = bins.DistinctBy(bin => bin.Last.Step).ToDictionary(bin => bin.Last.Step, bin => Convert.ToHexStringLower(bin.Batches)),
        };
    }

    /// <summary>Whether two models saw the same batches in the same order for as long as both were trained; null where that cannot be told.</summary>
    public static bool? SameBatches(LossCurve first, LossCurve second)
    {
        long[] common = [.. first.BatchChain.Keys.Where(second.BatchChain.ContainsKey)];
        if (common.Length == 0)
            return null;
        long last = common.Max();
        return first.BatchChain[last] == second.BatchChain[last];
    }

    // The first steps are further apart than a bin is wide: they stand alone.
    private static double MeanAround(List<Bin> bins, int at)
    {
        double sum = bins[at].Sum;
        long count = bins[at].Count;
        for (int i = at - 1; i >= 0 && bins[i].Number >= bins[at].Number - Neighbours; i--)
            (sum, count) = (sum + bins[i].Sum, count + bins[i].Count);
        for (int i = at + 1; i < bins.Count && bins[i].Number <= bins[at].Number + Neighbours; i++)
            (sum, count) = (sum + bins[i].Sum, count + bins[i].Count);
        return count == 0 ? double.NaN : sum / count;
    }

    /// <summary>The steps of a short stretch of the logarithmic axis.</summary>
    private sealed class Bin(long number)
    {
        private LossPoint _least;
        private LossPoint _greatest;

        public long Number { get; } = number;

        public double Sum { get; private set; }

        public long Count { get; private set; }

        public LossPoint Last { get; private set; }

        public byte[] Batches { get; private set; } = [];

        public void Add(StepMetrics metrics, byte[] batches)
        {
            Last = new LossPoint(metrics.Step, metrics.Tokens, metrics.Loss);
            Batches = batches;
            if (!double.IsFinite(metrics.Loss))
                return;
            _least = Count == 0 || metrics.Loss < _least.Loss ? Last : _least;
            _greatest = Count == 0 || metrics.Loss > _greatest.Loss ? Last : _greatest;
            Sum += metrics.Loss;
            Count++;
        }

        public IEnumerable<LossPoint> Extremes() => Count switch
        {
            0 => [],
            _ when _least.Step == _greatest.Step => [_least],
            _ => _least.Step < _greatest.Step ? [_least, _greatest] : [_greatest, _least],
        };
    }
}

/// <summary>A loss at a step.</summary>
/// <param name="Step">Updates made.</param>
/// <param name="Tokens">Tokens trained on.</param>
/// <param name="Loss">Cross-entropy, in nats.</param>
public readonly record struct LossPoint(long Step, long Tokens, double Loss);
