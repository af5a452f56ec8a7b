namespace Castalia.Recipes.Report.Charts.Colors;

/// <summary>
/// Colours for amounts, from dark violet through blue and green to light yellow, as viridis does. Lightness rises evenly, so the order can
/// be seen in grey print and with any colour blindness.
/// </summary>
internal static class SequentialColors
{
    private const int Count = 64;
    private static readonly string[] Colors = [.. Enumerable.Range(0, Count).Select(i => At(i / (Count - 1.0)).ToHex())];

    /// <summary>The colour of a place between 0, the darkest, and 1, the lightest; null where there is no number.</summary>
    public static string? Hex(double place) =>
        double.IsNaN(place) ? null : Colors[(int)Math.Round(Math.Clamp(place, 0, 1) * (Count - 1))];

    /// <summary>Whether dark text is read better on the colour of a place than light text.</summary>
    public static bool IsLight(double place) => At(Math.Clamp(place, 0, 1)).Lightness > 0.57;

    /// <summary>The colour before it is brought into what a screen can show.</summary>
    internal static Oklch At(double place)
    {
        // Violet 305 degrees, down over blue 255 and green 165 to yellow 105; in the middle less vivid, where screens have little chroma.
        double hue = 305 - 200 * Math.Pow(place, 0.95);
        double chroma = 0.135 + 0.045 * Math.Cos(2 * Math.PI * place);
        return new Oklch(0.27 + 0.65 * place, chroma, hue);
    }
}
