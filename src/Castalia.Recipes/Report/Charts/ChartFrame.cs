using System.Text;
using Castalia.Recipes.Report.Charts.Scales;

namespace Castalia.Recipes.Report.Charts;

/// <summary>The rectangle that a chart's axes span, and where values stand in it.</summary>
internal sealed record ChartFrame(double Left, double Top, double Right, double Bottom, AxisScale XScale, AxisScale YScale)
{
    /// <summary>The horizontal place of a value in the drawing.</summary>
    public double X(double value) => Left + (Right - Left) * XScale.Place(value);

    /// <summary>The vertical place of a value in the drawing.</summary>
    public double Y(double value) => Bottom - (Bottom - Top) * YScale.Place(value);

    /// <summary>Whether both axes have a place for a point.</summary>
    public bool Holds(ChartPoint point) => double.IsFinite(X(point.X)) && double.IsFinite(Y(point.Y));

    /// <summary>The line through points, as SVG path data; interrupted where there is no place for one.</summary>
    public string Path(IReadOnlyList<ChartPoint> points)
    {
        var path = new StringBuilder();
        bool drawing = false;
        foreach (ChartPoint point in points)
        {
            if (!Holds(point))
            {
                drawing = false;
                continue;
            }
            path.Append(drawing ? 'L' : 'M').Append(Tenth(X(point.X))).Append(' ').Append(Tenth(Y(point.Y)));
            drawing = true;
        }
        return path.Length == 0 ? "M0 0" : path.ToString();
    }

    /// <summary>The area between the bounds, as SVG path data. Bounds beyond the frame end at it.</summary>
    public string Area(IReadOnlyList<ChartInterval> intervals)
    {
        ChartInterval[] placed = [.. intervals.Where(i => double.IsFinite(X(i.X)) && double.IsFinite(i.Low) && double.IsFinite(i.High))];
        if (placed.Length == 0)
            return "M0 0";
        IEnumerable<string> upper = placed.Select(i => $"{Tenth(X(i.X))} {Tenth(Bound(i.High, Top))}");
        IEnumerable<string> lower = placed.Reverse().Select(i => $"{Tenth(X(i.X))} {Tenth(Bound(i.Low, Bottom))}");
        return $"M{string.Join('L', upper)}L{string.Join('L', lower)}Z";
    }

    private double Bound(double value, double otherwise) => Y(value) is var y && double.IsFinite(y) ? Math.Clamp(y, Top, Bottom) : otherwise;

    private static string Tenth(double value) => NumberText.Coordinate(Math.Round(value, 1));
}
