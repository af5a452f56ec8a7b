namespace Castalia.Models.Sampling;

/// <summary>
/// What changes a distribution before a token is drawn from it: each takes the logits of one position and writes the new ones in their place, −∞
/// for a token that can no longer be drawn. They do what transformers' logits processors of the same names do, equal scores included;
/// probabilities are in double. Not a number counts as −∞.
/// </summary>
internal static class LogitsProcessors
{
    // Ranges for top p: a sixteenth of a nat each, which all hold few tokens, down to e^−64 of the likeliest.
    private const int Ranges = 1024;
    private const double RangesPerNat = 16;

    /// <summary>Divides the positive logits of tokens seen before by the penalty and multiplies the negative ones with it, once a token.</summary>
    public static void RepetitionPenalty(Span<float> logits, IEnumerable<int> seen, double penalty)
    {
        foreach (int token in seen)
            logits[token] = logits[token] < 0 ? (float)(logits[token] * penalty) : (float)(logits[token] / penalty);
    }

    /// <summary>Divides all logits.</summary>
    public static void Temperature(Span<float> logits, double temperature) => LogitsScan.Divide(logits, (float)temperature);

    /// <summary>Keeps the k highest logits, and all that equal the last of these.</summary>
    public static void TopK(Span<float> logits, int k, SamplingRoom room)
    {
        if (k >= logits.Length)
            return;
        float least = room.Highest(logits, k);
        foreach (ref float logit in logits)
        {
            if (!(logit >= least))
                logit = float.NegativeInfinity;
        }
    }

    /// <summary>
    /// Takes away the least likely tokens as long as those taken have a probability of at most 1 − p together; the likeliest always stays. Of
    /// equally likely ones those of lower id go first.
    /// </summary>
    public static void TopP(Span<float> logits, double p, SamplingRoom room)
    {
        if (p >= 1)
            return;
        ReadOnlySpan<double> weights = room.Weights(logits, out double total, out double highest);
        double allowed = (1 - p) * total;

        // Ranges of logits from the highest down; whole ones go from the lowest up as long as they may, and only one has to be sorted.
        Span<double> sums = room.Sums(Ranges);
        for (int token = 0; token < logits.Length; token++)
            sums[Range(logits[token], highest)] += weights[token];
        int border = Ranges - 1;
        double taken = 0;
        for (; border > 0 && taken + sums[border] <= allowed; border--)
            taken += sums[border];

        Span<int> order = room.Order(logits.Length);
        int count = 0;
        for (int token = 0; token < logits.Length; token++)
        {
            int range = Range(logits[token], highest);
            if (range > border || weights[token] == 0)
                logits[token] = float.NegativeInfinity;
            else if (range == border)
                order[count++] = token;
        }
        order = order[..count];
        room.SortAscending(order, logits);
        for (int i = 0; i < count - 1 && (taken += weights[order[i]]) <= allowed; i++)
            logits[order[i]] = float.NegativeInfinity;
    }

    /// <summary>Keeps the tokens at least p times as probable as the likeliest.</summary>
    public static void MinP(Span<float> logits, double p, SamplingRoom room)
    {
        ReadOnlySpan<double> weights = room.Weights(logits, out _, out _);
        for (int token = 0; token < logits.Length; token++)
            logits[token] = weights[token] < p ? float.NegativeInfinity : logits[token];
    }

    /// <summary>
    /// Keeps the tokens whose information (−ln of the probability) is nearest to the distribution's entropy: as many of them, from the nearest
    /// on, as it takes to reach a probability of p together, and all as near as the last of these.
    /// </summary>
    public static void TypicalP(Span<float> logits, double p, SamplingRoom room)
    {
        if (p >= 1)
            return;
        ReadOnlySpan<double> weights = room.Weights(logits, out double total, out double highest);
        double logSum = highest + Math.Log(total), entropy = 0; // a token's information is logSum − its logit
        for (int token = 0; token < logits.Length; token++)
        {
            if (weights[token] > 0)
                entropy += weights[token] / total * (logSum - logits[token]);
        }
        Span<double> distances = room.Distances(logits.Length);
        Span<int> order = room.Order(logits.Length);
        for (int token = 0; token < logits.Length; token++)
        {
            order[token] = token;
            distances[token] = weights[token] > 0 ? Math.Abs(logSum - logits[token] - entropy) : double.PositiveInfinity;
        }
        distances.Sort(order);

        int last = 0;
        for (double reached = weights[order[0]] / total; last < logits.Length - 1 && reached < p; reached += weights[order[last]] / total)
            last++;
        for (int i = last + 1; i < logits.Length; i++)
        {
            if (distances[i] > distances[last])
                logits[order[i]] = float.NegativeInfinity;
        }
    }

    private static int Range(float logit, double highest) => highest - logit is var below && below < (Ranges - 1) / RangesPerNat ? (int)(below * RangesPerNat) : Ranges - 1;
}
