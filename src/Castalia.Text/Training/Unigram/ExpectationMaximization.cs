namespace Castalia.Text.Training.Unigram;

/// <summary>
/// Estimates the pieces' probabilities anew: counts how often each is expected in the sentences as the present probabilities have it, drops those
/// that are hardly expected, and makes probabilities of the counts. The sums of fixed parts of the sentences are added up in order, so threads
/// change nothing.
/// </summary>
internal sealed class ExpectationMaximization(Sentences sentences, ParallelOptions parallel)
{
    /// <summary>A piece that is expected less often than this goes.</summary>
    private const double LeastExpected = 0.5;

    private const int Parts = 16;

    private readonly Lattice[] _lattices = [.. Enumerable.Range(0, Parts).Select(_ => new Lattice())];

    /// <summary>How often each piece is expected in all sentences, and the logarithm of the probability of all of them.</summary>
    public (double[] Expected, double LogLikelihood) Expect(PieceModel model)
    {
        double[][] expected = new double[Parts][];
        double[] likelihoods = new double[Parts];
        Parallel.For(0, Parts, parallel, part =>
        {
            double[] sums = expected[part] = new double[model.Pieces.Length];
            int end = (int)((part + 1L) * sentences.Count / Parts);
            for (int i = (int)((long)part * sentences.Count / Parts); i < end; i++)
            {
                _lattices[part].Fill(sentences[i], model);
                double times = sentences.TimesOf(i);
                likelihoods[part] += times * _lattices[part].AddExpected(times, sums);
            }
        });
        double[] total = expected[0];
        for (int part = 1; part < Parts; part++)
        {
            for (int id = 0; id < total.Length; id++)
                total[id] += expected[part][id];
        }
        return (total, likelihoods.Sum());
    }

    /// <summary>
    /// Makes new scores of expected counts, with the digamma function in the place of the logarithm: as if each piece had been seen a little
    /// less often than it was, which favours few pieces (Liang and Klein 2007).
    /// </summary>
    public PieceModel Maximize(PieceModel model, double[] expected)
    {
        List<int> kept = [0];
        double sum = 0;
        for (int id = 1; id < expected.Length; id++)
        {
            if (expected[id] < LeastExpected)
                continue;
            kept.Add(id);
            sum += expected[id];
        }
        double total = Digamma(sum);
        List<double> scores = [double.NaN, .. kept.Skip(1).Select(id => Digamma(expected[id]) - total)];
        return model.With(sentences, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(kept), scores);
    }

    /// <summary>The derivative of the logarithm of the gamma function, by its recurrence up to 7 and its expansion beyond.</summary>
    internal static double Digamma(double x)
    {
        double below = 0;
        for (; x < 7; x++)
            below -= 1 / x;
        x -= 0.5;
        double inverse = 1 / x, square = inverse * inverse, fourth = square * square;
        return below + (Math.Log(x) + 1.0 / 24 * square - 7.0 / 960 * fourth + 31.0 / 8064 * fourth * square - 127.0 / 30720 * fourth * fourth);
    }
}
