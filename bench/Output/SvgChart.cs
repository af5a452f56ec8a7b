using System.Globalization;
using System.Net;
using System.Text;

namespace Castalia.Bench.Output;

/// <summary>A line chart as SVG.</summary>
internal static class SvgChart
{
    private const int Width = 860, Height = 480, Left = 64, Right = 20, Top = 44, Bottom = 48;

    private static readonly string[] Colours = ["#b5462f", "#2f6db5", "#6b6b6b", "#3a8f4d"];

    /// <summary>Draws one line for every series over its index.</summary>
    public static string Lines(string title, string horizontal, string vertical, IReadOnlyList<(string Name, double[] Values)> series)
    {
        double low = Math.Floor(series.Min(line => line.Values.Min()) * 2) / 2;
        double high = Math.Ceiling(series.Max(line => line.Values.Max()) * 2) / 2;
        int count = series.Max(line => line.Values.Length);
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"13\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>\n");
        Text(Left, 24, "start", title, " font-size=\"16\"");
        double step = (high - low) / 5;
        for (int i = 0; i <= 5; i++)
        {
            double value = low + i * step;
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Left} {Y(value):f1}H{Width - Right}\" stroke=\"#dddddd\"/>\n");
            Text(Left - 8, Y(value) + 4, "end", value.ToString("f1", CultureInfo.InvariantCulture));
            double index = (count - 1) * i / 5.0;
            Text(X(index), Height - Bottom + 18, "middle", Math.Round(index).ToString(CultureInfo.InvariantCulture));
        }
        Text((Left + Width - Right) / 2.0, Height - 10, "middle", horizontal);
        Text(16, (Top + Height - Bottom) / 2.0, "middle", vertical, $" transform=\"rotate(-90 16 {(Top + Height - Bottom) / 2})\"");
        for (int i = 0; i < series.Count; i++)
        {
            string points = string.Join(' ', series[i].Values.Select((value, index) => FormattableString.Invariant($"{X(index):f1},{Y(value):f1}")));
            string colour = Colours[i % Colours.Length];
            svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.4\" stroke-opacity=\"0.85\" points=\"{points}\"/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Width - 190} {Top + 14 + 20 * i}h26\" stroke=\"{colour}\" stroke-width=\"3\"/>\n");
            Text(Width - 156, Top + 18 + 20 * i, "start", series[i].Name);
        }
        return svg.Append("</svg>\n").ToString();

        double X(double index) => Left + (Width - Left - Right) * index / Math.Max(1, count - 1);
        double Y(double value) => Height - Bottom - (Height - Top - Bottom) * (value - low) / Math.Max(1e-9, high - low);
        void Text(double x, double y, string anchor, string text, string more = "") => svg.Append(
            CultureInfo.InvariantCulture, $"<text x=\"{x:f1}\" y=\"{y:f1}\" text-anchor=\"{anchor}\"{more}>{WebUtility.HtmlEncode(text)}</text>\n");
    }
}
