namespace Castalia.Recipes.Report.Charts.Scales;

/// <summary>Equal ratios are equal lengths. Values of 0 and below have no place.</summary>
internal sealed class LogScale : AxisScale
{
    private readonly double _low;
    private readonly double _high;

    /// <param name="low">The value at the start, above 0.</param>
    /// <param name="high">The value at the end; made larger than <paramref name="low"/> where it is not.</param>
    public LogScale(double low, double high)
    {
        if (!(low > 0) || !double.IsFinite(low) || !double.IsFinite(high))
            (low, high) = (1, 10);
        _low = low;
        _high = high > low * 1.000001 ? high : low * 1.1;
    }

    /// <summary>A scale from the least to the greatest positive value, with a little room.</summary>
    public static LogScale Around(IEnumerable<double> values)
    {
        double low = double.PositiveInfinity;
        double high = 0;
        foreach (double value in values.Where(v => double.IsFinite(v) && v > 0))
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        return high == 0 ? new LogScale(1, 10) : new LogScale(low / 1.1, high * 1.1);
    }

    /// <inheritdoc/>
    public override double Place(double value) =>
        double.IsFinite(value) && value > 0 ? Math.Log(value / _low) / Math.Log(_high / _low) : double.NaN;

    /// <inheritdoc/>
    public override IReadOnlyList<Tick> Ticks(int count)
    {
        double decades = Math.Log10(_high / _low);
        double[] digits = decades * 4 <= count ? [1, 2, 3, 5] : decades * 3 <= count ? [1, 2, 5] : decades * 2 <= count ? [1, 3] : [1];
        int every = Math.Max(1, (int)Math.Ceiling(decades / Math.Max(1, count)));
        var ticks = new List<Tick>();
        for (int power = (int)Math.Floor(Math.Log10(_low)); power <= (int)Math.Ceiling(Math.Log10(_high)); power++)
        {
            if (power % every != 0)
                continue;
            foreach (double digit in digits)
            {
                double value = digit * Math.Pow(10, power);
                if (value >= _low * 0.9999 && value <= _high * 1.0001)
                    ticks.Add(new Tick(value, Label(value)));
            }
        }
        // Less than a decade may hold none of these.
        return ticks.Count >= 2 ? ticks : [.. new LinearScale(_low, _high).Ticks(Math.Max(2, count)).Where(tick => tick.Value > 0)];
    }

    private static string Label(double value) => value < 1 ? NumberText.Significant(value, 1) : NumberText.Compact(value);
}
