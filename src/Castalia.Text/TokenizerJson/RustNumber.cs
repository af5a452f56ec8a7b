using System.Globalization;

namespace Castalia.Text.TokenizerJson;

/// <summary>Numbers as Rust's serde_json writes them: the fewest digits that read back the same, with a point or an exponent always.</summary>
internal static class RustNumber
{
    /// <summary>A double, finite.</summary>
    public static string Write(double value)
    {
        if (value == 0)
            return double.IsNegative(value) ? "-0.0" : "0.0";
        // d.dddE+x, with as many digits as are needed.
        string scientific = value.ToString("E16", CultureInfo.InvariantCulture);
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        string digits = string.Concat(shortest.Split('E')[0].Where(char.IsAsciiDigit)).TrimStart('0').TrimEnd('0');
        int exponent = int.Parse(scientific[(scientific.IndexOf('E', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture);
        int point = exponent + 1;
        string sign = value < 0 ? "-" : "";
        if (point > 0 && point <= 16)
        {
            return digits.Length <= point
                ? $"{sign}{digits.PadRight(point, '0')}.0"
                : $"{sign}{digits[..point]}.{digits[point..]}";
        }
        if (point is > -5 and <= 0)
            return $"{sign}0.{new string('0', -point)}{digits}";
        string mantissa = digits.Length == 1 ? digits : $"{digits[0]}.{digits[1..]}";
        return $"{sign}{mantissa}e{exponent}";
    }
}
