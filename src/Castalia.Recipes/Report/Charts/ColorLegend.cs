using Castalia.Recipes.Report.Charts.Colors;
using Castalia.Recipes.Report.Charts.Scales;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Charts;

/// <summary>What the colours of a heat map stand for.</summary>
/// <param name="Title">The quantity and its unit.</param>
/// <param name="Scale">Where a value stands among the colours.</param>
internal sealed record ColorLegend(string Title, AxisScale Scale)
{
    private const double Width = 300;
    private const int Steps = 50;

    /// <summary>The place of a value in the colours.</summary>
    public double Place(double value)
    {
        double place = Scale.Place(value);
        return double.IsNaN(place) ? double.NaN : Math.Clamp(place, 0, 1);
    }

    /// <summary>Writes the legend.</summary>
    public void Write(HtmlBuilder html)
    {
        html.Open("div", ("class", "legend")).Element("span", Title);
        html.Open("svg", ("class", "chart scale"), ("viewBox", $"0 0 {At(Width)} 28"), ("role", "img"), ("aria-label", $"Colours: {Title}"));
        double step = (Width - 40) / Steps;
        for (int i = 0; i < Steps; i++)
        {
            double left = 20 + i * step;
            html.Leaf("path", ("fill", SequentialColors.Hex((i + 0.5) / Steps)), ("d", $"M{At(left)} 0h{At(step + 0.8)}v9H{At(left)}z"));
        }
        html.Open("g", ("class", "axes"));
        foreach (Tick tick in Scale.Ticks(5))
        {
            double x = 20 + (Width - 40) * Scale.Place(tick.Value);
            if (x is >= 19 and <= Width - 19)
                html.Leaf("path", ("class", "tick"), ("d", $"M{At(x)} 9v4")).Element("text", tick.Label, ("x", At(x)), ("y", "25"), ("class", "mid"));
        }
        html.Close("g").Close("svg").Close("div").Line();
    }

    private static string At(double value) => NumberText.Coordinate(value);
}
