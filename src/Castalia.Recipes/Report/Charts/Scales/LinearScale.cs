namespace Castalia.Recipes.Report.Charts.Scales;

/// <summary>Equal differences are equal lengths.</summary>
internal sealed class LinearScale : AxisScale
{
    private readonly double _low;
    private readonly double _high;
    private readonly Func<double, int, string> _label;

    /// <param name="low">The value at the start.</param>
    /// <param name="high">The value at the end; made larger than <paramref name="low"/> where it is not.</param>
    /// <param name="label">Writes a tick's value, given the decimals that tell the ticks apart.</param>
    public LinearScale(double low, double high, Func<double, int, string>? label = null)
    {
        if (!double.IsFinite(low) || !double.IsFinite(high))
            (low, high) = (0, 1);
        _low = low;
        _high = high > low ? high : low + Math.Max(1e-9, Math.Abs(low) * 0.01);
        _label = label ?? NumberText.Fixed;
    }

    /// <summary>A scale from a round value at or below the least to a round value at or above the greatest.</summary>
    /// <param name="values">What has to have a place; what is not finite is passed over.</param>
    /// <param name="include">A value that has to have a place besides.</param>
    /// <param name="label">Writes a tick's value, given the decimals that tell the ticks apart.</param>
    /// <param name="floor">Where the scale begins at the lowest: 0 for what cannot be less.</param>
    public static LinearScale Around(IEnumerable<double> values, double? include = null, Func<double, int, string>? label = null, double? floor = null)
    {
        double low = include ?? double.PositiveInfinity;
        double high = include ?? double.NegativeInfinity;
        foreach (double value in values.Where(double.IsFinite))
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        if (low > high)
            return new LinearScale(0, 1, label);
        if (low == high)
            (low, high) = (low - Math.Max(0.5e-3, Math.Abs(low) * 0.05), high + Math.Max(0.5e-3, Math.Abs(high) * 0.05));
        double step = RoundStep((high - low) / 4) / 2;
        double start = Math.Floor(low / step + 1e-9) * step;
        return new LinearScale(floor is { } least ? Math.Max(least, start) : start, Math.Ceiling(high / step - 1e-9) * step, label);
    }

    /// <inheritdoc/>
    public override double Place(double value) => double.IsFinite(value) ? (value - _low) / (_high - _low) : double.NaN;

    /// <inheritdoc/>
    public override IReadOnlyList<Tick> Ticks(int count)
    {
        List<Tick> ticks = Every(RoundStep((_high - _low) / Math.Max(1, count)));
        // A coarse step may hit the axis once or never.
        for (int finer = 2; ticks.Count < 2 && finer <= 8; finer *= 2)
            ticks = Every(RoundStep((_high - _low) / (Math.Max(1, count) * finer)));
        return ticks;
    }

    private List<Tick> Every(double step)
    {
        int decimals = Math.Clamp((int)Math.Ceiling(-Math.Log10(step) - 1e-9), 0, 10);
        var ticks = new List<Tick>();
        for (double k = Math.Ceiling(_low / step - 1e-6); k * step <= _high + step * 1e-6; k++)
            ticks.Add(new Tick(k * step, _label(k == 0 ? 0 : k * step, decimals)));
        return ticks;
    }

    // The smallest of 1, 2, 5 times a power of ten that is not below the wish.
    private static double RoundStep(double wish)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(wish)));
        return (wish / power) switch { <= 1.0001 => power, <= 2.0001 => 2 * power, <= 5.0001 => 5 * power, _ => 10 * power };
    }
}
