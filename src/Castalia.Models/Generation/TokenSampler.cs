namespace Castalia.Models;

/// <summary>Chooses the next token from the logits of one position, as the options say. Equal seeds give equal choices.</summary>
/// <param name="options">The settings.</param>
/// <param name="row">Which prompt of the batch: each has draws of its own.</param>
internal sealed class TokenSampler(GenerationOptions options, int row)
{
    private RandomBits _bits = new(options.Seed, "generation", row);
    private double[] _weights = [];
    private int[] _candidates = [];

    /// <summary>The next token.</summary>
    /// <param name="logits">One score a token of the vocabulary.</param>
    public int Choose(ReadOnlySpan<float> logits)
    {
        int likeliest = Likeliest(logits);
        if (options.Temperature == 0)
            return likeliest;

        if (_weights.Length != logits.Length)
            (_weights, _candidates) = (new double[logits.Length], new int[logits.Length]);
        double total = 0;
        for (int i = 0; i < logits.Length; i++)
            total += _weights[i] = Math.Exp(((double)logits[i] - logits[likeliest]) / options.Temperature);

        Span<int> candidates = Candidates(ref total);
        double left = _bits.NextDouble() * total;
        foreach (int token in candidates)
        {
            left -= _weights[token];
            if (left < 0)
                return token;
        }
        return likeliest; // the draw was within rounding of the whole sum
    }

    /// <summary>The first of the largest; not a number counts as smaller than any.</summary>
    private static int Likeliest(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[best] || float.IsNaN(logits[best]))
                best = i;
        }
        return best;
    }

    /// <summary>The tokens to draw among; their weights' sum replaces the total.</summary>
    private Span<int> Candidates(ref double total)
    {
        // Tokens below (1 − p)/n of the whole sum to less than 1 − p together: none of them is among the p likeliest. Leaving them out
        // first spares sorting most of the vocabulary.
        double floor = options.TopP is double share && options.TopK is null ? (1 - share) / _weights.Length * total : 0;
        int count = 0;
        for (int token = 0; token < _weights.Length; token++)
        {
            if (_weights[token] >= floor)
                _candidates[count++] = token;
        }
        Span<int> candidates = _candidates.AsSpan(0, count);
        if (options.TopK is null && options.TopP is null)
            return candidates;

        double[] weights = _weights;
        candidates.Sort((a, b) => weights[b].CompareTo(weights[a]) is not 0 and var order ? order : a.CompareTo(b));
        if (options.TopK < count)
        {
            candidates = candidates[..options.TopK.Value];
            total = Sum(candidates);
        }
        if (options.TopP is double wanted)
        {
            double reached = 0;
            int kept = 0;
            while (kept < candidates.Length && (kept == 0 || reached < wanted * total))
                reached += _weights[candidates[kept++]];
            candidates = candidates[..kept];
            total = reached;
        }
        return candidates;
    }

    private double Sum(ReadOnlySpan<int> tokens)
    {
        double sum = 0;
        foreach (int token in tokens)
            sum += _weights[token];
        return sum;
    }
}
