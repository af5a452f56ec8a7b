namespace Castalia.Evaluation;

/// <summary>Two-sided p-values of the tests that results are compared with.</summary>
internal static class Significance
{
    private const double Tiny = 1e-300;

    /// <summary>Of a standard normal variable: twice its upper tail.</summary>
    /// <remarks>Abramowitz and Stegun, Handbook of Mathematical Functions: 7.1.5 near zero, 7.1.14 (a continued fraction) away from it.</remarks>
    public static double Normal(double z)
    {
        double x = Math.Abs(z) / Math.Sqrt(2);
        if (double.IsNaN(x) || x > 26)
            return double.IsNaN(x) ? double.NaN : 0;
        if (x < 2)
        {
            double term = x, sum = x;
            for (int n = 1; n < 200 && Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
            {
                term *= -x * x / n;
                sum += term / (2 * n + 1);
            }
            return 1 - 2 / Math.Sqrt(Math.PI) * sum;
        }
        double fraction = x;
        for (int n = 200; n > 0; n--)
            fraction = x + n / 2.0 / fraction;
        return Math.Exp(-x * x) / Math.Sqrt(Math.PI) / fraction;
    }

    /// <summary>Of Student's t: the regularized incomplete beta function at ν/(ν+t²), Handbook 26.7.1 and 26.5.8.</summary>
    public static double StudentT(double t, int degrees)
    {
        if (double.IsNaN(t) || degrees < 1)
            return double.NaN;
        if (double.IsInfinity(t))
            return 0;
        double x = degrees / (degrees + t * t), a = degrees / 2.0;
        double front = Math.Exp(LogGamma(a + 0.5) - LogGamma(a) - LogGamma(0.5) + a * Math.Log(x) + 0.5 * Math.Log(Math.Max(1 - x, Tiny)));
        return x < (a + 1) / (a + 2.5) ? front * BetaFraction(a, 0.5, x) / a : 1 - front * BetaFraction(0.5, a, 1 - x) / 0.5;
    }

    /// <summary>McNemar's test, exact: of so many documents that changed, how probable so uneven a split is by a fair coin.</summary>
    public static double McNemar(long onlyA, long onlyB)
    {
        long all = onlyA + onlyB, fewer = Math.Min(onlyA, onlyB);
        double sum = 0, log = -all * Math.Log(2);
        for (long i = 0; i <= fewer; i++)
        {
            sum += Math.Exp(log);
            log += Math.Log(all - i) - Math.Log(i + 1);
        }
        return Math.Min(1, 2 * sum);
    }

    // Lentz's way to evaluate the continued fraction.
    private static double BetaFraction(double a, double b, double x)
    {
        double c = 1, d = 1 / Away(1 - (a + b) * x / (a + 1)), h = d;
        for (int m = 1; m <= 10_000; m++)
        {
            double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 / Away(1 + even * d);
            c = Away(1 + even / c);
            h *= d * c;
            double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 / Away(1 + odd * d);
            c = Away(1 + odd / c);
            h *= d * c;
            if (Math.Abs(d * c - 1) < 1e-15)
                break;
        }
        return h;
    }

    private static double Away(double value) => Math.Abs(value) < Tiny ? Tiny : value;

    // Stirling's series from where it is exact to double precision, Handbook 6.1.41.
    private static double LogGamma(double x)
    {
        double below = 0;
        for (; x < 15; x++)
            below += Math.Log(x);
        double square = 1 / (x * x);
        return (x - 0.5) * Math.Log(x) - x + 0.5 * Math.Log(2 * Math.PI) + (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680))) / x - below;
    }
}
