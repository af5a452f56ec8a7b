namespace Castalia.Recipes.Report.Charts.Scales;

/// <summary>
/// Training steps on a logarithmic axis that begins at step 0: the model before any update stands one doubling left of step 1, as in
/// a checkpoint schedule of 0, 1, 2, 4, ....
/// </summary>
/// <param name="last">The last step.</param>
internal sealed class StepScale(long last) : AxisScale
{
    private readonly double _length = 1 + Math.Log2(Math.Max(2, last));

    /// <inheritdoc/>
    public override double Place(double value) => value switch
    {
        0 => 0,
        > 0 => (1 + Math.Log2(value)) / _length,
        _ => double.NaN,
    };

    /// <inheritdoc/>
    public override IReadOnlyList<Tick> Ticks(int count)
    {
        var ticks = new List<Tick> { new(0, "0") };
        int decades = (int)Math.Floor(Math.Log10(Math.Max(1, last)));
        int every = Math.Max(1, (int)Math.Ceiling((decades + 1.0) / Math.Max(1, count - 1)));
        for (int power = 0; power <= decades; power += every)
            ticks.Add(new Tick(Math.Pow(10, power), NumberText.Compact(Math.Pow(10, power))));
        return ticks;
    }
}
