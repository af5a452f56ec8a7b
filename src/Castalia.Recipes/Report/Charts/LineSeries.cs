namespace Castalia.Recipes.Report.Charts;

/// <summary>A point of a line; a <see cref="Y"/> that is not finite breaks the line.</summary>
/// <param name="X">Where.</param>
/// <param name="Y">How much.</param>
internal readonly record struct ChartPoint(double X, double Y);

/// <summary>How far a value is uncertain.</summary>
/// <param name="X">Where.</param>
/// <param name="Low">The lower bound.</param>
/// <param name="High">The upper bound.</param>
internal readonly record struct ChartInterval(double X, double Low, double High);

/// <summary>One line of a chart.</summary>
internal sealed record LineSeries
{
    /// <summary>Its name in the tooltip.</summary>
    public required string Name { get; init; }

    /// <summary>Which of the suite's colours it has.</summary>
    public required int Color { get; init; }

    /// <summary>The line, in order of x.</summary>
    public required IReadOnlyList<ChartPoint> Points { get; init; }

    /// <summary>Another, faint line behind it: what was smoothed to make this one.</summary>
    public IReadOnlyList<ChartPoint> Faint { get; init; } = [];

    /// <summary>A band around it.</summary>
    public IReadOnlyList<ChartInterval> Band { get; init; } = [];

    /// <summary>Marks of their own on the chart, in this colour, not joined by a line.</summary>
    public IReadOnlyList<ChartPoint> Marks { get; init; } = [];

    /// <summary>Whether each point of the line has a dot.</summary>
    public bool Dots { get; init; }

    /// <summary>What is written at the line's end; null for nothing.</summary>
    public string? EndLabel { get; init; }

    /// <summary>What the tooltip says of each point, as many as there are points; null for the number alone.</summary>
    public IReadOnlyList<string>? Texts { get; init; }
}

/// <summary>A level across the chart: chance, a bound.</summary>
/// <param name="Y">Its value.</param>
/// <param name="Label">What it is, in a word or two.</param>
internal sealed record ReferenceLine(double Y, string Label);
