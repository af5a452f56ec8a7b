using System.Globalization;
using System.Text;

namespace Castalia.Recipes.Report.Charts.Colors;

/// <summary>
/// Colours for the models of a suite, from the smallest to the largest: from amber through magenta to indigo, each darker than the one
/// before it (lighter on a dark page), so that size is seen as an order and no two are told apart by hue alone.
/// </summary>
internal static class SeriesColors
{
    /// <summary>Style rules for <paramref name="count"/> models: <c>--s0</c> for lines, <c>--t0</c> for text, on a light page.</summary>
    public static string Light(int count) => Variables(count, 0.70, 0.37, 0.56, 0.37);

    /// <summary>The same on a dark page.</summary>
    public static string Dark(int count) => Variables(count, 0.84, 0.64, 0.86, 0.74);

    /// <summary>The colour variable of a model's lines, for a <c>style</c> attribute.</summary>
    public static string Line(int index) => string.Create(CultureInfo.InvariantCulture, $"--c:var(--s{index});--ct:var(--t{index})");

    private static string Variables(int count, double first, double last, double firstText, double lastText)
    {
        var text = new StringBuilder();
        for (int i = 0; i < count; i++)
        {
            double place = count == 1 ? 0.8 : i / (count - 1.0);
            // Hue from amber (70) backwards over red (20) and magenta (340) to indigo (278).
            double hue = (70 - 152 * place + 360) % 360;
            string line = new Oklch(first + (last - first) * place, 0.17, hue).ToHex();
            string ink = new Oklch(firstText + (lastText - firstText) * place, 0.15, hue).ToHex();
            text.Append(CultureInfo.InvariantCulture, $"--s{i}:{line};--t{i}:{ink};");
        }
        return text.ToString();
    }
}
