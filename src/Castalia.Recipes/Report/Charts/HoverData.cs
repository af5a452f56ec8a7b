using System.Text.Json;

namespace Castalia.Recipes.Report.Charts;

/// <summary>
/// What the page's script needs to show exact values under the pointer, as JSON in the chart's <c>data-hover</c>: places on the x axis with
/// their text, and for each line its height and text at each of them. Without a script the chart is the same picture without values.
/// </summary>
internal static class HoverData
{
    /// <summary>The JSON.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="frame">Where it is drawn.</param>
    /// <param name="most">The most places; of more, an even choice is taken, the last included.</param>
    public static string Of(LineChart chart, ChartFrame frame, int most)
    {
        double[] all = [.. chart.Series.SelectMany(s => s.Points).Select(p => p.X).Where(x => double.IsFinite(frame.X(x))).Distinct().Order()];
        double[] xs = all.Length <= most ? all : [.. Enumerable.Range(0, most).Select(i => all[(int)((long)i * (all.Length - 1) / (most - 1))])];
        return JsonSerializer.Serialize(new
        {
            top = Round(frame.Top),
            bottom = Round(frame.Bottom),
            x = xs.Select(x => Round(frame.X(x))),
            text = xs.Select(chart.XText),
            series = chart.Series.Select(series => Lines(chart, frame, series, xs)),
        });
    }

    private static object Lines(LineChart chart, ChartFrame frame, LineSeries series, double[] xs)
    {
        var index = new Dictionary<double, int>();
        for (int i = 0; i < series.Points.Count; i++)
            index[series.Points[i].X] = i;
        var heights = new double?[xs.Length];
        var texts = new string?[xs.Length];
        for (int i = 0; i < xs.Length; i++)
        {
            if (index.TryGetValue(xs[i], out int at) && frame.Holds(series.Points[at]))
                (heights[i], texts[i]) = (Round(frame.Y(series.Points[at].Y)), series.Texts?[at] ?? chart.YText(series.Points[at].Y));
        }
        return new { name = series.Name, color = series.Color, y = heights, text = texts };
    }

    private static double Round(double value) => Math.Round(value, 1);
}
