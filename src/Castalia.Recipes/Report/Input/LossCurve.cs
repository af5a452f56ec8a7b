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

    // The running mean reaches back about a twenty-fifth of the way: an even width on a logarithmic axis.
    private const double WindowShare = 0.04;

    /// <summary>The smoothed loss at logarithmically spaced steps.</summary>
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
        var smoothed = new List<LossPoint>();
        var raw = new List<LossPoint>();
        var validation = new List<LossPoint>();
        var chain = new Dictionary<long, string>();
        byte[] batches = [];
        StepMetrics? first = null;
        StepMetrics? last = null;
        LossPoint least = default;
        LossPoint greatest = default;
        double mean = double.NaN;
        double seconds = 0;
        bool open = false;

        foreach (StepMetrics metrics in MetricsFile.Read(path))
        {
            if (last is not null && open && Bin(metrics.Step) != Bin(last.Step))
                CloseBin();
            first ??= metrics;
            double weight = 1 / Math.Max(1, Math.Min(metrics.Step, 1 + WindowShare * metrics.Step));
            if (double.IsFinite(metrics.Loss))
                mean = double.IsNaN(mean) ? metrics.Loss : mean + weight * (metrics.Loss - mean);
            string batch = string.Create(CultureInfo.InvariantCulture, $"{metrics.Step} {metrics.BatchHash}");
            batches = SHA256.HashData([.. batches, .. Encoding.UTF8.GetBytes(batch)]);
            seconds += metrics.Timing.Seconds;
            var point = new LossPoint(metrics.Step, metrics.Tokens, metrics.Loss);
            if (!open || metrics.Loss < least.Loss)
                least = point;
            if (!open || metrics.Loss > greatest.Loss)
                greatest = point;
            if (metrics.ValidationLoss is { } validationLoss)
                validation.Add(point with { Loss = validationLoss });
            open = true;
            last = metrics;
        }
        if (first is null || last is null)
            return null;
        CloseBin();
        return new LossCurve
        {
            Smoothed = smoothed,
            Raw = raw,
            Validation = validation,
            FirstLoss = first.Loss,
            Steps = last.Step,
            Tokens = last.Tokens,
            Seconds = seconds,
            BatchChain = chain,
        };

        void CloseBin()
        {
            smoothed.Add(new LossPoint(last!.Step, last.Tokens, mean));
            chain[last.Step] = Convert.ToHexStringLower(batches);
            raw.Add(least.Step <= greatest.Step ? least : greatest);
            if (least.Step != greatest.Step)
                raw.Add(least.Step <= greatest.Step ? greatest : least);
            open = false;
        }
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

    private static long Bin(long step) => (long)(Math.Log2(Math.Max(1, step)) * BinsPerDoubling);
}

/// <summary>A loss at a step.</summary>
/// <param name="Step">Updates made.</param>
/// <param name="Tokens">Tokens trained on.</param>
/// <param name="Loss">Cross-entropy, in nats.</param>
public readonly record struct LossPoint(long Step, long Tokens, double Loss);
