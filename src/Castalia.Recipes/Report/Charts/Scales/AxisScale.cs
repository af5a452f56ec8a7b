namespace Castalia.Recipes.Report.Charts.Scales;

/// <summary>A mark on an axis.</summary>
/// <param name="Value">The value it stands at.</param>
/// <param name="Label">What is written at it.</param>
internal readonly record struct Tick(double Value, string Label);

/// <summary>Where values stand on an axis.</summary>
internal abstract class AxisScale
{
    /// <summary>The place of a value: 0 at the axis's start, 1 at its end; NaN where the axis has no place for it.</summary>
    public abstract double Place(double value);

    /// <summary>Marks at round values, at most about <paramref name="count"/>.</summary>
    public abstract IReadOnlyList<Tick> Ticks(int count);
}
