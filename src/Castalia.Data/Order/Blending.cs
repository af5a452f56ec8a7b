namespace Castalia.Data;

/// <summary>
/// GPT-NeoX's rule for drawing one stream of samples from several datasets: each time, the dataset furthest behind its weight gives its next
/// sample. No chance is involved, so the shares are exact at every length.
/// </summary>
public static class Blending
{
    /// <summary>The most datasets that GPT-NeoX's one-byte dataset index can name.</summary>
    public const int MostDatasets = 254;

    /// <summary>For each sample of the blend in turn: which dataset it comes from and which of that dataset's samples it is.</summary>
    /// <param name="weights">How much of each dataset; only their ratios count.</param>
    /// <param name="count">How many samples to blend.</param>
    /// <exception cref="ArgumentException">No weights or too many, or a weight that is negative or not finite, or all of them zero.</exception>
    public static IEnumerable<(int Dataset, long Sample)> Blend(IReadOnlyList<double> weights, long count)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (weights.Count is 0 or > MostDatasets)
            throw new ArgumentException($"A blend takes 1 to {MostDatasets} datasets, not {weights.Count}.", nameof(weights));
        foreach (double weight in weights)
        {
            if (!(weight >= 0) || double.IsInfinity(weight))
                throw new ArgumentException($"A weight must be 0 or more and finite, not {weight}.", nameof(weights));
        }
        double[] shares = [.. weights];
        double sum = NumpySum(shares);
        if (sum == 0)
            throw new ArgumentException("At least one weight must be more than 0.", nameof(weights));
        for (int d = 0; d < shares.Length; d++)
            shares[d] /= sum;
        return Walk(shares, count);
    }

    private static IEnumerable<(int Dataset, long Sample)> Walk(double[] shares, long count)
    {
        long[] taken = new long[shares.Length];
        for (long k = 0; k < count; k++)
        {
            int next = FurthestBehind(shares, taken, Math.Max(k, 1.0));
            yield return (next, taken[next]++);
        }
    }

    // The first of equals wins.
    private static int FurthestBehind(double[] shares, long[] taken, double samples)
    {
        int furthest = 0;
        double most = shares[0] * samples - taken[0];
        for (int d = 1; d < shares.Length; d++)
        {
            double behind = shares[d] * samples - taken[d];
            if (behind > most)
                (most, furthest) = (behind, d);
        }
        return furthest;
    }

    // numpy adds pairwise, eight at a time; a sum in another order can differ in its last bit and turn a near tie.
    private static double NumpySum(ReadOnlySpan<double> terms)
    {
        if (terms.Length < 8)
        {
            double sum = 0;
            foreach (double term in terms)
                sum += term;
            return sum;
        }
        if (terms.Length > 128)
        {
            int half = terms.Length / 2;
            half -= half % 8;
            return NumpySum(terms[..half]) + NumpySum(terms[half..]);
        }
        Span<double> lanes = stackalloc double[8];
        int whole = terms.Length - terms.Length % 8;
        for (int i = 0; i < whole; i++)
            lanes[i % 8] += terms[i];
        double total = (lanes[0] + lanes[1] + (lanes[2] + lanes[3])) + (lanes[4] + lanes[5] + (lanes[6] + lanes[7]));
        foreach (double term in terms[whole..])
            total += term;
        return total;
    }
}
