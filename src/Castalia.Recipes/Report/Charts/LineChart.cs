using Castalia.Recipes.Report.Charts.Scales;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Charts;

/// <summary>Lines over an axis, named at their ends, as inline SVG that scales with its place on the page.</summary>
internal sealed record LineChart
{
    private const double LetterWidth = 6.1;
    private const double NameLetterWidth = 7;
    private const double LineHeight = 14;
    private const int HoverPositions = 240;

    /// <summary>Width of the drawing in its own units, which are about pixels.</summary>
    public required double Width { get; init; }

    /// <summary>Height of the drawing.</summary>
    public required double Height { get; init; }

    /// <summary>The axis along the bottom.</summary>
    public required AxisScale X { get; init; }

    /// <summary>The axis up the side.</summary>
    public required AxisScale Y { get; init; }

    /// <summary>What stands along the bottom; null where the page says it.</summary>
    public string? XTitle { get; init; }

    /// <summary>What is drawn, for those who cannot see it.</summary>
    public required string Description { get; init; }

    /// <summary>The lines; later ones lie on top.</summary>
    public required IReadOnlyList<LineSeries> Series { get; init; }

    /// <summary>Levels across the chart.</summary>
    public IReadOnlyList<ReferenceLine> References { get; init; } = [];

    /// <summary>How the tooltip writes a place on the x axis.</summary>
    public required Func<double, string> XText { get; init; }

    /// <summary>How the tooltip writes a value.</summary>
    public required Func<double, string> YText { get; init; }

    /// <summary>About how many marks the side axis has.</summary>
    public int YTicks { get; init; } = 5;

    /// <summary>A class on the drawing: where it is shown.</summary>
    public string? Class { get; init; }

    /// <summary>Writes the chart.</summary>
    public void Write(HtmlBuilder html)
    {
        IReadOnlyList<Tick> yTicks = Y.Ticks(YTicks);
        double left = 10 + LetterWidth * yTicks.Select(tick => tick.Label.Length).DefaultIfEmpty(1).Max();
        double right = 12 + NameLetterWidth * Series.Select(series => series.EndLabel?.Length ?? 0).DefaultIfEmpty(0).Max();
        var frame = new ChartFrame(left, 10, Width - right, Height - (XTitle is null ? 22 : 36), X, Y);

        html.Open("svg",
            ("class", Class is null ? "chart" : $"chart {Class}"),
            ("viewBox", $"0 0 {At(Width)} {At(Height)}"),
            ("role", "img"),
            ("tabindex", "0"),
            ("aria-label", Description),
            ("data-hover", HoverData.Of(this, frame, HoverPositions)));
        WriteAxes(html, frame, yTicks);
        WriteReferences(html, frame);
        foreach (LineSeries series in Series)
            WriteBackground(html, frame, series);
        foreach (LineSeries series in Series)
            WriteLine(html, frame, series);
        WriteEndLabels(html, frame);
        html.Open("g", ("class", "hover")).Close("g").Close("svg").Line();
    }

    private void WriteAxes(HtmlBuilder html, ChartFrame frame, IReadOnlyList<Tick> yTicks)
    {
        html.Open("g", ("class", "axes"));
        foreach (Tick tick in yTicks)
        {
            double y = frame.Y(tick.Value);
            html.Leaf("path", ("class", "grid"), ("d", $"M{At(frame.Left)} {At(y)}H{At(frame.Right)}"))
                .Element("text", tick.Label, ("x", At(frame.Left - 6)), ("y", At(y + 4)), ("class", "end"));
        }
        html.Leaf("path", ("class", "base"), ("d", $"M{At(frame.Left)} {At(frame.Bottom)}H{At(frame.Right)}"));
        double room = frame.Left - LetterWidth;
        foreach (Tick tick in X.Ticks(Math.Max(2, (int)((frame.Right - frame.Left) / 36))))
        {
            double x = frame.X(tick.Value);
            double half = tick.Label.Length * LetterWidth / 2;
            html.Leaf("path", ("class", "tick"), ("d", $"M{At(x)} {At(frame.Bottom)}v4"));
            if (x - half < room)
                continue;
            html.Element("text", tick.Label, ("x", At(x)), ("y", At(frame.Bottom + 16)), ("class", "mid"));
            room = x + half + 6;
        }
        if (XTitle is not null)
            html.Element("text", XTitle, ("x", At((frame.Left + frame.Right) / 2)), ("y", At(Height - 4)), ("class", "mid title"));
        html.Close("g");
    }

    private void WriteReferences(HtmlBuilder html, ChartFrame frame)
    {
        foreach (ReferenceLine reference in References)
        {
            double y = frame.Y(reference.Y);
            if (!double.IsFinite(y) || y < frame.Top - 1 || y > frame.Bottom + 1)
                continue;
            html.Open("g", ("class", "reference"))
                .Leaf("path", ("d", $"M{At(frame.Left)} {At(y)}H{At(frame.Right)}"))
                .Element("text", reference.Label, ("x", At(frame.Right - 2)), ("y", At(y > frame.Top + 14 ? y - 4 : y + 12)), ("class", "end"))
                .Close("g");
        }
    }

    private static void WriteBackground(HtmlBuilder html, ChartFrame frame, LineSeries series)
    {
        html.Open("g", ("class", ColorClass(series)));
        if (series.Faint.Count > 0)
            html.Leaf("path", ("class", "faint"), ("d", frame.Path(series.Faint)));
        if (series.Band.Count > 1)
            html.Leaf("path", ("class", "band"), ("d", frame.Area(series.Band)));
        html.Close("g");
    }

    private static void WriteLine(HtmlBuilder html, ChartFrame frame, LineSeries series)
    {
        html.Open("g", ("class", ColorClass(series)));
        html.Leaf("path", ("class", "line"), ("d", frame.Path(series.Points)));
        foreach (ChartPoint point in series.Dots ? series.Points.Concat(series.Marks) : series.Marks)
        {
            if (frame.Holds(point))
                html.Leaf("circle", ("cx", At(frame.X(point.X))), ("cy", At(frame.Y(point.Y))), ("r", series.Dots ? "2" : "2.6"));
        }
        html.Close("g");
    }

    private void WriteEndLabels(HtmlBuilder html, ChartFrame frame)
    {
        (LineSeries Series, ChartPoint End)[] labelled =
            [.. Series.Where(s => s.EndLabel is not null && s.Points.Any(frame.Holds)).Select(s => (s, s.Points.Last(frame.Holds)))];
        double[] heights = EndLabels.Place([.. labelled.Select(l => frame.Y(l.End.Y))], LineHeight, frame.Top, frame.Bottom);
        for (int i = 0; i < labelled.Length; i++)
        {
            double y = frame.Y(labelled[i].End.Y);
            html.Open("g", ("class", ColorClass(labelled[i].Series)));
            double x = frame.X(labelled[i].End.X);
            if (Math.Abs(heights[i] - y) > 3)
                html.Leaf("path", ("class", "leader"), ("d", $"M{At(x + 2)} {At(y)}L{At(x + 8)} {At(heights[i])}"));
            html.Element("text", labelled[i].Series.EndLabel!, ("x", At(x + 10)), ("y", At(heights[i] + 4)), ("class", "name")).Close("g");
        }
    }

    private static string ColorClass(LineSeries series) => FormattableString.Invariant($"s{series.Color}");

    private static string At(double value) => NumberText.Coordinate(value);
}
