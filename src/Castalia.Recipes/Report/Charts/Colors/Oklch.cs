using System.Globalization;

namespace Castalia.Recipes.Report.Charts.Colors;

/// <summary>
/// A colour by how it looks: in OKLCH (Ottosson 2020, "A perceptual color space for image processing"), where equal steps of lightness
/// look equal whatever the hue.
/// </summary>
/// <param name="Lightness">0 is black, 1 is white.</param>
/// <param name="Chroma">0 is grey; about 0.3 is as vivid as a screen gets.</param>
/// <param name="Hue">Degrees: about 30 is red, 110 yellow, 145 green, 260 blue.</param>
internal readonly record struct Oklch(double Lightness, double Chroma, double Hue)
{
    /// <summary>The colour as <c>#rrggbb</c>; less vivid where a screen cannot show it, never lighter or darker.</summary>
    public string ToHex()
    {
        Oklch color = this;
        (double red, double green, double blue) = color.ToLinear();
        for (int i = 0; i < 64 && !(Shown(red) && Shown(green) && Shown(blue)); i++)
        {
            color = color with { Chroma = color.Chroma * 0.96 };
            (red, green, blue) = color.ToLinear();
        }
        return string.Create(CultureInfo.InvariantCulture, $"#{Byte(red):x2}{Byte(green):x2}{Byte(blue):x2}");
    }

    private static bool Shown(double value) => value is >= -1e-4 and <= 1.0001;

    private static int Byte(double linear)
    {
        double clamped = Math.Clamp(linear, 0, 1);
        double encoded = clamped <= 0.0031308 ? 12.92 * clamped : 1.055 * Math.Pow(clamped, 1 / 2.4) - 0.055;
        return (int)Math.Round(encoded * 255);
    }

    // OKLab to linear sRGB; the matrices are those of the publication.
    private (double Red, double Green, double Blue) ToLinear()
    {
        double a = Chroma * Math.Cos(Hue * Math.PI / 180);
        double b = Chroma * Math.Sin(Hue * Math.PI / 180);
        double l = Cube(Lightness + 0.3963377774 * a + 0.2158037573 * b);
        double m = Cube(Lightness - 0.1055613458 * a - 0.0638541728 * b);
        double s = Cube(Lightness - 0.0894841775 * a - 1.2914855480 * b);
        return (
            4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
            -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
            -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s);

        static double Cube(double value) => value * value * value;
    }
}
