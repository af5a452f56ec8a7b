using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Castalia.Models.Sampling;

/// <summary>
/// Passes over all logits of a position, several at a time. Sums are over eight lanes on every processor, so that results are the same on
/// all of them. Not a number counts as −∞.
/// </summary>
internal static class LogitsScan
{
    /// <summary>The highest logit; −∞ where there is none.</summary>
    public static float Highest(ReadOnlySpan<float> logits)
    {
        ReadOnlySpan<Vector512<float>> wide = MemoryMarshal.Cast<float, Vector512<float>>(logits);
        Vector512<float> highest = Vector512.Create(float.NegativeInfinity);
        foreach (Vector512<float> some in wide)
            highest = Vector512.ConditionalSelect(Vector512.GreaterThan(some, highest), some, highest);
        float most = float.NegativeInfinity;
        for (int lane = 0; lane < Vector512<float>.Count; lane++)
            most = Math.Max(most, highest[lane]);
        foreach (float logit in logits[(wide.Length * Vector512<float>.Count)..])
        {
            if (logit > most)
                most = logit;
        }
        return most;
    }

    /// <summary>The first of the highest.</summary>
    public static int Likeliest(ReadOnlySpan<float> logits) => Math.Max(0, logits.IndexOf(Highest(logits)));

    /// <summary>Divides all logits, in fp32.</summary>
    public static void Divide(Span<float> logits, float by)
    {
        Span<Vector512<float>> wide = MemoryMarshal.Cast<float, Vector512<float>>(logits);
        foreach (ref Vector512<float> some in wide)
            some /= by;
        foreach (ref float logit in logits[(wide.Length * Vector512<float>.Count)..])
            logit /= by;
    }

    /// <summary>Writes e^(logit − highest) for each; where a logit is infinite the others weigh nothing.</summary>
    /// <returns>The sum.</returns>
    public static double Weigh(ReadOnlySpan<float> logits, float highest, Span<double> weights)
    {
        if (highest == float.NegativeInfinity)
        {
            weights.Clear();
            return 0;
        }
        const int Lanes = 8;
        Vector512<double> sums = Vector512<double>.Zero;
        int at = 0;
        for (; at + Lanes <= logits.Length; at += Lanes)
        {
            Vector512<double> some = Weights(Vector256.Create(logits.Slice(at, Lanes)), highest);
            some.CopyTo(weights[at..]);
            sums += some;
        }
        if (at < logits.Length)
        {
            Span<float> rest = stackalloc float[Lanes];
            rest.Fill(float.NegativeInfinity);
            logits[at..].CopyTo(rest);
            Span<double> last = stackalloc double[Lanes];
            Vector512<double> some = Weights(Vector256.Create((ReadOnlySpan<float>)rest), highest);
            some.CopyTo(last);
            last[..(logits.Length - at)].CopyTo(weights[at..]);
            sums += some;
        }
        return Vector512.Sum(sums);
    }

    private static Vector512<double> Weights(Vector256<float> logits, float highest)
    {
        (Vector256<double> lower, Vector256<double> upper) = Vector256.Widen(logits);
        Vector512<double> wide = Vector512.Create(lower, upper), most = Vector512.Create((double)highest);
        Vector512<double> weights = Vector512.Exp(wide - most);
        weights = Vector512.ConditionalSelect(Vector512.Equals(wide, most), Vector512<double>.One, weights);
        return Vector512.ConditionalSelect(Vector512.Equals(wide, wide), weights, Vector512<double>.Zero); // not a number equals nothing
    }
}
