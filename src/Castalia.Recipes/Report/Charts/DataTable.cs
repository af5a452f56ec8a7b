using System.Globalization;
using Castalia.Recipes.Report.Charts.Colors;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Charts;

/// <summary>A column of a table.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Numeric">Whether it holds numbers, which are set right.</param>
/// <param name="Class">A class on its cells; null for none.</param>
internal sealed record TableColumn(string Title, bool Numeric = false, string? Class = null);

/// <summary>A cell of a table.</summary>
/// <param name="Text">What it says.</param>
internal sealed record TableCell(string Text)
{
    /// <summary>The exact value, shown on hovering.</summary>
    public string? Exact { get; init; }

    /// <summary>A bar behind the text: its length as a share of the cell, 0 to 1.</summary>
    public double? Bar { get; init; }

    /// <summary>The cell's place in the colours, 0 to 1.</summary>
    public double? Heat { get; init; }

    /// <summary>A cell of plain text.</summary>
    public static implicit operator TableCell(string text) => new(text);
}

/// <summary>A table of figures.</summary>
/// <param name="Caption">What it holds, for those who cannot see the page.</param>
/// <param name="Columns">The columns.</param>
/// <param name="Rows">The rows, as many cells as there are columns.</param>
/// <param name="Totals">Whether the last row sums up the others.</param>
internal sealed record DataTable(string Caption, IReadOnlyList<TableColumn> Columns, IReadOnlyList<IReadOnlyList<TableCell>> Rows, bool Totals = false)
{
    /// <summary>Writes the table; one wider than the page scrolls in its place.</summary>
    public void Write(HtmlBuilder html)
    {
        html.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", Caption)).Open("table");
        html.Element("caption", Caption).Open("thead").Open("tr");
        foreach (TableColumn column in Columns)
            html.Element("th", column.Title, ("scope", "col"), ("class", ClassOf(column)));
        html.Close("tr").Close("thead").Open("tbody");
        for (int row = 0; row < Rows.Count; row++)
        {
            html.Open("tr", ("class", Totals && row == Rows.Count - 1 ? "total" : null));
            for (int column = 0; column < Columns.Count; column++)
                WriteCell(html, Rows[row][column], Columns[column], column == 0);
            html.Close("tr").Line();
        }
        html.Close("tbody").Close("table").Close("div").Line();
    }

    /// <summary>The style of something with the class <c>bar</c>: a bar behind its text.</summary>
    /// <param name="share">The bar's length as a share of the longest, 0 to 1.</param>
    public static string BarStyle(double share) =>
        string.Create(CultureInfo.InvariantCulture, $"--bar-width:{(double.IsFinite(share) ? Math.Clamp(share, 0, 1) * 100 : 0):0.##}%");

    private static void WriteCell(HtmlBuilder html, TableCell cell, TableColumn column, bool heading)
    {
        string tag = heading ? "th" : "td";
        string? style = cell.Heat is { } heat && double.IsFinite(heat)
            ? $"background:{SequentialColors.Hex(heat)};color:{(SequentialColors.IsLight(heat) ? "#111" : "#fff")}"
            : cell.Bar is { } bar ? BarStyle(bar) : null;
        string? name = ClassOf(column);
        if (cell.Bar is not null)
            name = name is null ? "bar" : $"{name} bar";
        html.Element(tag, cell.Text, ("scope", heading ? "row" : null), ("class", name), ("style", style), ("title", cell.Exact));
    }

    private static string? ClassOf(TableColumn column) => (column.Numeric, column.Class) switch
    {
        (true, { } name) => $"n {name}",
        (true, null) => "n",
        (false, var name) => name,
    };
}
