namespace Castalia.Models;

/// <summary>
/// Normal deviates by Marsaglia's polar method. The logarithm is computed here, from operations that IEEE 754 rounds exactly, because
/// those of C libraries differ in the last bit.
/// </summary>
internal static class NormalNumbers
{
    /// <summary>Fills a span with deviates around 0.</summary>
    public static void Fill(Span<float> numbers, double deviation, RandomBits bits)
    {
        for (int i = 0; i < numbers.Length; i += 2)
        {
            double u, v, square;
            do
            {
                u = 2 * bits.NextDouble() - 1;
                v = 2 * bits.NextDouble() - 1;
                square = u * u + v * v;
            }
            while (square >= 1 || square == 0);
            double scale = deviation * Math.Sqrt(-2 * Log(square) / square);
            numbers[i] = (float)(u * scale);
            if (i + 1 < numbers.Length)
                numbers[i + 1] = (float)(v * scale);
        }
    }

    /// <summary>
    /// ln x for a positive x that is not subnormal: x = m · 2^e with m between √½ and √2, ln m = 2 artanh((m − 1)/(m + 1)), whose series
    /// in z ≤ 0.1716 has lost its significance after z^23.
    /// </summary>
    internal static double Log(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        int exponent = (int)(bits >> 52) - 1023;
        double mantissa = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFFL) | 0x3FF0000000000000L);
        if (mantissa > 1.4142135623730951)
        {
            mantissa *= 0.5;
            exponent++;
        }
        double z = (mantissa - 1) / (mantissa + 1), square = z * z, sum = 0;
        for (int power = 23; power >= 1; power -= 2)
            sum = sum * square + 1.0 / power;
        return exponent * 0.6931471805599453 + 2 * z * sum;
    }
}
