using System.Globalization;

namespace Castalia.Recipes.Report.Charts;

/// <summary>Numbers as a reader wants them: as many digits as say something, the same in every country.</summary>
internal static class NumberText
{
    private const string Missing = "–";
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;
    private static readonly string[] Words = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

    /// <summary>A whole number with its thousands marked: <c>143,000</c>.</summary>
    public static string Count(long value) => value.ToString("N0", Invariant);

    /// <summary>A small count as a word: <c>three</c>; digits above twelve.</summary>
    public static string Word(int value) => value >= 0 && value < Words.Length ? Words[value] : Count(value);

    /// <summary>A large number in few characters: <c>70.4M</c>, <c>1.2K</c>, <c>512</c>.</summary>
    public static string Compact(double value) => Scaled(value, "K", "M", "B", "T");

    /// <summary>As <see cref="Compact"/>, with three significant digits from a thousand on, so that a column of them is even: <c>70.0M</c>.</summary>
    public static string Rounded(double value) => Scaled(value, "K", "M", "B", "T", digits: true);

    /// <summary>A large number in words: <c>70.4 million</c>; below a million as <see cref="Count"/>.</summary>
    public static string Spelled(long value) =>
        Math.Abs(value) < 1_000_000 ? Count(value) : Scaled(value, "", " million", " billion", " trillion");

    /// <summary>So many significant digits, never in powers of ten unless the number is very large or very small.</summary>
    public static string Significant(double value, int digits = 3)
    {
        if (!double.IsFinite(value))
            return double.IsNaN(value) ? Missing : value > 0 ? "∞" : "−∞";
        double size = Math.Abs(value);
        if (size == 0)
            return "0";
        if (size is >= 1e15 or < 1e-6)
            return value.ToString($"0.{new string('0', digits - 1)}e+0", Invariant).Replace('-', '−');
        int decimals = Math.Clamp(digits - 1 - (int)Math.Floor(Math.Log10(size)), 0, 12);
        return Fixed(value, decimals);
    }

    /// <summary>So many digits after the point, thousands marked, with a true minus sign.</summary>
    public static string Fixed(double value, int decimals)
    {
        if (!double.IsFinite(value))
            return Significant(value);
        string text = value.ToString("N" + decimals.ToString(Invariant), Invariant);
        return text.Replace('-', '−');
    }

    /// <summary>A share as a percentage: 0.253 is <c>25.3 %</c>, with a space that does not break.</summary>
    public static string Percent(double share, int decimals = 1) => double.IsFinite(share) ? $"{Fixed(share * 100, decimals)}\u00A0%" : Missing;

    /// <summary>A size in decimal units: <c>14.2 MB</c>.</summary>
    public static string Bytes(long bytes) => Math.Abs(bytes) < 1000 ? $"{bytes.ToString(Invariant)} B" : Scaled(bytes, " kB", " MB", " GB", " TB", digits: true);

    /// <summary>A duration with its two largest units: <c>3 min 12 s</c>.</summary>
    public static string Duration(double seconds)
    {
        if (!double.IsFinite(seconds) || seconds < 0)
            return Missing;
        if (seconds < 9.95)
            return $"{Significant(seconds, 2)} s";
        long whole = (long)Math.Round(seconds);
        return whole switch
        {
            < 60 => string.Create(Invariant, $"{whole} s"),
            < 3600 => string.Create(Invariant, $"{whole / 60} min {whole % 60} s"),
            < 86_400 => string.Create(Invariant, $"{whole / 3600} h {whole % 3600 / 60} min"),
            _ => string.Create(Invariant, $"{whole / 86_400} d {whole % 86_400 / 3600} h"),
        };
    }

    /// <summary>A length or position in a drawing, to a hundredth.</summary>
    public static string Coordinate(double value) => Math.Round(value, 2).ToString("0.##", Invariant);

    private static string Scaled(double value, string thousand, string million, string billion, string trillion, bool digits = false)
    {
        if (!double.IsFinite(value))
            return Significant(value);
        // 999,950 and more would be shown as 1,000 of the smaller unit.
        (double unit, string name) = Math.Abs(value) switch
        {
            >= 999.5e9 => (1e12, trillion),
            >= 999.5e6 => (1e9, billion),
            >= 999.5e3 => (1e6, million),
            >= 1e3 => (1e3, thousand),
            _ => (1, ""),
        };
        double scaled = value / unit;
        string text = unit == 1
            ? Math.Round(scaled).ToString("0", Invariant)
            : scaled.ToString(Math.Abs(scaled) switch { >= 99.95 => "0", >= 9.995 => digits ? "0.0" : "0.#", _ => digits ? "0.00" : "0.##" }, Invariant);
        return text.Replace('-', '−') + name;
    }
}
