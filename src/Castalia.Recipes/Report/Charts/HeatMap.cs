using Castalia.Recipes.Report.Charts.Colors;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Charts;

/// <summary>Amounts as colours over rows and columns.</summary>
internal sealed record HeatMap
{
    private const double LetterWidth = 6.3;
    private const double Top = 4;

    /// <summary>Width of the drawing in its own units.</summary>
    public double Width { get; init; } = SmallMultiples.PanelWidth;

    /// <summary>Names of the rows, the top one first.</summary>
    public required IReadOnlyList<string> Rows { get; init; }

    /// <summary>Names of the columns.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>What the columns are.</summary>
    public required string XTitle { get; init; }

    /// <summary>What is drawn, for those who cannot see it.</summary>
    public required string Description { get; init; }

    /// <summary>The place of a cell in the colours, 0 to 1, given row and column; NaN where there is no value.</summary>
    public required Func<int, int, double> Place { get; init; }

    /// <summary>What the tooltip says of a cell, given row and column.</summary>
    public required Func<int, int, string> Text { get; init; }

    /// <summary>Writes the map.</summary>
    public void Write(HtmlBuilder html)
    {
        double rowHeight = Math.Clamp(190.0 / Math.Max(1, Rows.Count), 5, 22);
        double left = 8 + LetterWidth * Rows.Select(name => name.Length).DefaultIfEmpty(0).Max();
        double columnWidth = (Width - left - 2) / Math.Max(1, Columns.Count);
        double bottom = Top + rowHeight * Rows.Count;
        double height = bottom + 34;
        html.Open("svg", ("class", "chart heat"), ("viewBox", $"0 0 {At(Width)} {At(height)}"), ("role", "img"), ("aria-label", Description));
        html.Open("g", ("class", "axes"));
        double free = double.NegativeInfinity;
        for (int row = 0; row < Rows.Count; row++)
        {
            double y = Top + (row + 0.5) * rowHeight;
            // The last row's name is always written, so one just above it gives way.
            if (y < free || (row < Rows.Count - 1 && bottom - rowHeight / 2 - y < 9))
                continue;
            html.Element("text", Rows[row], ("x", At(left - 5)), ("y", At(y + 3.5)), ("class", "end"));
            free = y + 11;
        }
        WriteColumnNames(html, left, columnWidth, bottom);
        html.Element("text", XTitle, ("x", At((left + Width) / 2)), ("y", At(height - 3)), ("class", "mid title")).Close("g");
        WriteCells(html, left, columnWidth, rowHeight);
        html.Close("svg").Line();
    }

    private void WriteCells(HtmlBuilder html, double left, double columnWidth, double rowHeight)
    {
        html.Open("g", ("class", "cells"));
        for (int row = 0; row < Rows.Count; row++)
        {
            for (int column = 0; column < Columns.Count; column++)
            {
                string? color = SequentialColors.Hex(Place(row, column));
                html.Open("path",
                        ("class", color is null ? "none" : null),
                        ("fill", color),
                        ("d", $"M{At(left + column * columnWidth)} {At(Top + row * rowHeight)}h{At(columnWidth)}v{At(rowHeight)}h{At(-columnWidth)}z"))
                    .Element("title", Text(row, column))
                    .Close("path");
            }
        }
        html.Close("g");
    }

    private void WriteColumnNames(HtmlBuilder html, double left, double columnWidth, double bottom)
    {
        double lastStart = left + (Columns.Count - 0.5) * columnWidth - Half(Columns.Count - 1);
        double free = double.NegativeInfinity;
        for (int column = 0; column < Columns.Count; column++)
        {
            double x = left + (column + 0.5) * columnWidth;
            if (x - Half(column) < free || (column < Columns.Count - 1 && x + Half(column) + 4 > lastStart))
                continue;
            html.Element("text", Columns[column], ("x", At(Math.Min(x, Width - Half(column)))), ("y", At(bottom + 14)), ("class", "mid"));
            free = x + Half(column) + 5;
        }
    }

    private double Half(int column) => column < 0 ? 0 : Columns[column].Length * LetterWidth / 2;

    private static string At(double value) => NumberText.Coordinate(value);
}
