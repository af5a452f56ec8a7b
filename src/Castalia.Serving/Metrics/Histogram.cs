using System.Globalization;
using System.Text;

namespace Castalia.Serving.Metrics;

/// <summary>How often values fell up to each of some bounds, in Prometheus' sense.</summary>
/// <param name="bounds">The bounds, rising; a last one without end is added.</param>
internal sealed class Histogram(params double[] bounds)
{
    private readonly long[] _counts = new long[bounds.Length + 1];
    private readonly Lock _gate = new();
    private double _sum;

    /// <summary>Counts a value.</summary>
    public void Observe(double value)
    {
        int at = Array.FindIndex(bounds, bound => value <= bound);
        lock (_gate)
        {
            _counts[at < 0 ? bounds.Length : at]++;
            _sum += value;
        }
    }

    /// <summary>Writes the samples in the text format.</summary>
    public void Write(StringBuilder text, string name)
    {
        long[] counts;
        double sum;
        lock (_gate)
            (counts, sum) = ([.. _counts], _sum);
        long total = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            total += counts[i];
            string bound = i < bounds.Length ? bounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
            text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{le=\"{bound}\"}} {total}\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"{name}_sum {sum}\n{name}_count {total}\n");
    }
}

/// <summary>A number that only grows.</summary>
internal sealed class Counter
{
    private long _value;

    public long Value => Interlocked.Read(ref _value);

    public void Add(long amount) => Interlocked.Add(ref _value, amount);
}
