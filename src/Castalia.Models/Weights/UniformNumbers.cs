namespace Castalia.Models;

/// <summary>Uniform numbers around 0, the same on every machine.</summary>
internal static class UniformNumbers
{
    private const int RunLength = 1 << 16;

    /// <summary>Fills a span with numbers from −bound to below +bound; each run of it comes from a generator of its own, as in <see cref="WeightInit"/>.</summary>
    public static void Fill(Span<float> numbers, double bound, long seed, string purpose)
    {
        for (int start = 0, run = 0; start < numbers.Length; start += RunLength, run++)
        {
            var bits = new RandomBits(seed, purpose, run);
            foreach (ref float number in numbers.Slice(start, Math.Min(RunLength, numbers.Length - start)))
                number = (float)((2 * bits.NextDouble() - 1) * bound);
        }
    }
}
