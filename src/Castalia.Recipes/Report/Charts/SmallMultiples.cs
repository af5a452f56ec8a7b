using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Charts;

/// <summary>One chart among many of the same kind.</summary>
/// <param name="Title">What tells it from its neighbours.</param>
/// <param name="Remark">How to read it, in a few words; null for nothing.</param>
/// <param name="Write">Writes the drawing.</param>
internal sealed record SmallMultiple(string Title, string? Remark, Action<HtmlBuilder> Write);

/// <summary>Many small charts side by side, as many a row as fit.</summary>
internal static class SmallMultiples
{
    /// <summary>Width of one drawing in its own units.</summary>
    public const double PanelWidth = 340;

    /// <summary>Writes the charts in their order.</summary>
    /// <param name="html">Where to.</param>
    /// <param name="charts">The charts.</param>
    /// <param name="dense">Whether there are many and each can be smaller.</param>
    public static void Write(HtmlBuilder html, IEnumerable<SmallMultiple> charts, bool dense = false)
    {
        html.Open("div", ("class", dense ? "multiples dense" : "multiples"));
        foreach (SmallMultiple chart in charts)
        {
            html.Open("div", ("class", "multiple")).Open("h4").Text(chart.Title);
            if (chart.Remark is { } remark)
                html.Text(" ").Element("small", remark);
            html.Close("h4");
            chart.Write(html);
            html.Close("div");
        }
        html.Close("div").Line();
    }
}
