using Castalia.Recipes.Report.Charts.Scales;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Charts;

/// <summary>A row of a dot plot.</summary>
/// <param name="Name">What it is of.</param>
/// <param name="Values">The value of each series; one that has no place on the axis is left out.</param>
/// <param name="Remark">What stands at the row's end.</param>
/// <param name="Text">What the tooltip says; its first line is the heading.</param>
internal sealed record DotRow(string Name, IReadOnlyList<double> Values, string Remark, string Text);

/// <summary>Values of a few series in rows: a dot each, joined by a line that shows how far they are apart.</summary>
internal sealed record DotPlot
{
    private const double LetterWidth = 6.2, RowHeight = 21, Top = 26, Radius = 4.6;

    /// <summary>Width of the drawing in its own units, which are about pixels.</summary>
    public required double Width { get; init; }

    /// <summary>The axis along the top and bottom.</summary>
    public required AxisScale X { get; init; }

    /// <summary>What stands along the bottom.</summary>
    public required string XTitle { get; init; }

    /// <summary>What is drawn, for those who cannot see it.</summary>
    public required string Description { get; init; }

    /// <summary>The rows, the top one first.</summary>
    public required IReadOnlyList<DotRow> Rows { get; init; }

    /// <summary>The most characters of a row's name; a longer one is cut.</summary>
    public int LongestName { get; init; } = 30;

    /// <summary>A class on the drawing: where it is shown.</summary>
    public string? Class { get; init; }

    /// <summary>Writes the plot.</summary>
    public void Write(HtmlBuilder html)
    {
        string[] names = [.. Rows.Select(row => row.Name.Length > LongestName ? row.Name[..(LongestName - 1)] + "…" : row.Name)];
        double left = 14 + LetterWidth * names.Select(name => name.Length).DefaultIfEmpty(0).Max();
        double right = Width - 12 - LetterWidth * Rows.Select(row => row.Remark.Length).DefaultIfEmpty(0).Max();
        double bottom = Top + RowHeight * Rows.Count, height = bottom + 38;
        double Place(double value) => left + (right - left) * X.Place(value);

        html.Open(
            "svg", ("class", Class is null ? "chart dots" : $"chart dots {Class}"), ("viewBox", $"0 0 {At(Width)} {At(height)}"), ("role", "img"), ("aria-label", Description));
        html.Open("g", ("class", "axes"));
        double room = double.NegativeInfinity;
        foreach (Tick tick in X.Ticks(Math.Max(2, (int)((right - left) / 60))))
        {
            double x = Place(tick.Value), half = tick.Label.Length * LetterWidth / 2;
            html.Leaf("path", ("class", "grid"), ("d", $"M{At(x)} {At(Top - 6)}V{At(bottom + 4)}"));
            if (x - half < room)
                continue;
            html.Element("text", tick.Label, ("x", At(x)), ("y", At(Top - 12)), ("class", "mid"))
                .Element("text", tick.Label, ("x", At(x)), ("y", At(bottom + 17)), ("class", "mid"));
            room = x + half + 6;
        }
        html.Element("text", XTitle, ("x", At((left + right) / 2)), ("y", At(height - 4)), ("class", "mid title")).Close("g").Line();
        for (int i = 0; i < Rows.Count; i++)
            WriteRow(html, Rows[i], names[i], Top + (i + 0.5) * RowHeight, left, Place);
        WriteHits(html);
        html.Close("svg").Line();
    }

    private void WriteRow(HtmlBuilder html, DotRow row, string name, double y, double left, Func<double, double> place)
    {
        html.Element("text", name, ("x", At(left - 12)), ("y", At(y + 4)), ("class", "end row-name"))
            .Element("text", row.Remark, ("x", At(Width)), ("y", At(y + 4)), ("class", "end"));
        double[] places = [.. row.Values.Select(place)];
        double[] known = [.. places.Where(double.IsFinite)];
        if (known.Length > 1)
            html.Leaf("path", ("class", "span"), ("d", $"M{At(known.Min())} {At(y)}H{At(known.Max())}"));
        for (int i = 0; i < places.Length; i++)
        {
            if (double.IsFinite(places[i]))
                html.Leaf("circle", ("class", FormattableString.Invariant($"s{i}")), ("cx", At(places[i])), ("cy", At(y)), ("r", At(Radius)));
        }
        html.Line();
    }

    private void WriteHits(HtmlBuilder html)
    {
        html.Open("g", ("class", "cells hits"));
        for (int i = 0; i < Rows.Count; i++)
            html.Open("path", ("d", $"M0 {At(Top + i * RowHeight)}h{At(Width)}v{At(RowHeight)}h{At(-Width)}z")).Element("title", Rows[i].Text).Close("path");
        html.Close("g");
    }

    private static string At(double value) => NumberText.Coordinate(value);
}
