using Castalia.Recipes.Report.Charts.Scales;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Charts;

/// <summary>A bar of a histogram.</summary>
/// <param name="From">Where it begins.</param>
/// <param name="To">Where it ends.</param>
/// <param name="Amount">How much.</param>
/// <param name="Color">Which of the series colours it has.</param>
/// <param name="Text">What the tooltip says; its first line is the heading.</param>
internal sealed record HistogramBar(double From, double To, double Amount, int Color, string Text);

/// <summary>How often values come up, as bars that touch.</summary>
internal sealed record Histogram
{
    private const double LetterWidth = 6.1;

    /// <summary>Width of the drawing in its own units, which are about pixels.</summary>
    public required double Width { get; init; }

    /// <summary>Height of the drawing.</summary>
    public required double Height { get; init; }

    /// <summary>The axis along the bottom.</summary>
    public required AxisScale X { get; init; }

    /// <summary>What stands along the bottom.</summary>
    public required string XTitle { get; init; }

    /// <summary>What is drawn, for those who cannot see it.</summary>
    public required string Description { get; init; }

    /// <summary>The bars.</summary>
    public required IReadOnlyList<HistogramBar> Bars { get; init; }

    /// <summary>A value that divides the bars, and what stands at it on the left and on the right.</summary>
    public required (double Value, string Left, string Right) Divide { get; init; }

    /// <summary>A class on the drawing: where it is shown.</summary>
    public string? Class { get; init; }

    /// <summary>Writes the histogram.</summary>
    public void Write(HtmlBuilder html)
    {
        LinearScale y = LinearScale.Around(Bars.Select(bar => bar.Amount), 0, (value, _) => NumberText.Compact(value), 0);
        IReadOnlyList<Tick> ticks = y.Ticks(5);
        var frame = new ChartFrame(10 + LetterWidth * ticks.Max(tick => tick.Label.Length), 22, Width - 8, Height - 36, X, y);
        html.Open(
            "svg", ("class", Class is null ? "chart" : $"chart {Class}"), ("viewBox", $"0 0 {At(Width)} {At(Height)}"), ("role", "img"), ("aria-label", Description));
        html.Open("g", ("class", "axes"));
        foreach (Tick tick in ticks)
        {
            html.Leaf("path", ("class", "grid"), ("d", $"M{At(frame.Left)} {At(frame.Y(tick.Value))}H{At(frame.Right)}"))
                .Element("text", tick.Label, ("x", At(frame.Left - 6)), ("y", At(frame.Y(tick.Value) + 4)), ("class", "end"));
        }
        double room = frame.Left;
        foreach (Tick tick in X.Ticks(Math.Max(2, (int)((frame.Right - frame.Left) / 60))))
        {
            double x = frame.X(tick.Value), half = tick.Label.Length * LetterWidth / 2;
            html.Leaf("path", ("class", "tick"), ("d", $"M{At(x)} {At(frame.Bottom)}v4"));
            if (x - half < room || x + half > Width)
                continue;
            html.Element("text", tick.Label, ("x", At(x)), ("y", At(frame.Bottom + 16)), ("class", "mid"));
            room = x + half + 6;
        }
        html.Element("text", XTitle, ("x", At((frame.Left + frame.Right) / 2)), ("y", At(Height - 4)), ("class", "mid title")).Close("g").Line();
        WriteBars(html, frame);
        html.Leaf("path", ("class", "base"), ("d", $"M{At(frame.Left)} {At(frame.Bottom)}H{At(frame.Right)}"));
        WriteDivide(html, frame);
        WriteHits(html, frame);
        html.Close("svg").Line();
    }

    private void WriteBars(HtmlBuilder html, ChartFrame frame)
    {
        foreach (IGrouping<int, HistogramBar> bars in Bars.GroupBy(bar => bar.Color))
        {
            html.Open("g", ("class", FormattableString.Invariant($"bars s{bars.Key}")));
            foreach (HistogramBar bar in bars)
                html.Leaf("path", ("d", Rectangle(frame, bar, frame.Y(bar.Amount))));
            html.Close("g").Line();
        }
    }

    private void WriteDivide(HtmlBuilder html, ChartFrame frame)
    {
        double x = frame.X(Divide.Value);
        if (!(x >= frame.Left && x <= frame.Right))
            return;
        html.Open("g", ("class", "reference")).Leaf("path", ("d", $"M{At(x)} {At(frame.Top - 18)}V{At(frame.Bottom)}"));
        foreach ((string text, double at, string side) in new[] { (Divide.Left, x - 6, "end"), (Divide.Right, x + 6, "start") })
        {
            double needed = text.Length * LetterWidth;
            if (side == "end" ? at - needed > frame.Left : at + needed < Width)
                html.Element("text", text, ("x", At(at)), ("y", At(frame.Top - 9)), ("class", side));
        }
        html.Close("g");
    }

    // The whole height answers to the pointer, so that low bars can be met.
    private void WriteHits(HtmlBuilder html, ChartFrame frame)
    {
        html.Open("g", ("class", "cells hits"));
        foreach (HistogramBar bar in Bars)
            html.Open("path", ("d", Rectangle(frame, bar, frame.Top))).Element("title", bar.Text).Close("path");
        html.Close("g");
    }

    private static string Rectangle(ChartFrame frame, HistogramBar bar, double top)
    {
        double left = frame.X(bar.From), right = frame.X(bar.To);
        return $"M{At(left)} {At(frame.Bottom)}V{At(top)}H{At(Math.Max(right - 0.6, left + 0.6))}V{At(frame.Bottom)}z";
    }

    private static string At(double value) => NumberText.Coordinate(value);
}
