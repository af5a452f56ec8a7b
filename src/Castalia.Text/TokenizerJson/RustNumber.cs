using System.Globalization;
using System.Text.Json;

namespace Castalia.Text.TokenizerJson;

/// <summary>
/// Doubles as Rust's serde_json reads and writes them. It reads fast, not exactly: a number with more than 15 digits may come out a bit
/// beside the nearest double. HF adds up the scores that it read so, and writes them; who read them better would not always get its ids.
/// </summary>
internal static class RustNumber
{
    private const int GreatestPower = 308;

    private static readonly double[] Powers = [.. Enumerable.Range(0, GreatestPower + 1).Select(power => double.Parse($"1e{power}", CultureInfo.InvariantCulture))];

    /// <summary>Reads a number; null where it is out of range.</summary>
    /// <param name="json">A number that is valid in JSON.</param>
    public static double? Read(ReadOnlySpan<char> json)
    {
        bool negative = json[0] == '-';
        int at = negative ? 1 : 0;
        ulong significand = 0;
        long exponent = 0;
        bool full = false;
        for (; at < json.Length && char.IsAsciiDigit(json[at]); at++)
        {
            // Digits that no longer fit count as zeros; once one did not fit, all that follow.
            full = full || !TryAppend(ref significand, json[at]);
            exponent += full ? 1 : 0;
        }
        if (at < json.Length && json[at] == '.')
        {
            full = false;
            for (at++; at < json.Length && char.IsAsciiDigit(json[at]); at++)
            {
                full = full || !TryAppend(ref significand, json[at]);
                exponent -= full ? 0 : 1;
            }
        }
        if (at < json.Length && !TryReadExponent(json[(at + 1)..], ref exponent))
        {
            bool small = json[at + 1] == '-' || significand == 0;
            return small ? (negative ? -0.0 : 0.0) : null;
        }
        return Scale(significand, exponent) is double value ? (negative ? -value : value) : null;
    }

    /// <summary>Writes a finite number, as the next item of a list or behind a key.</summary>
    public static void Write(Utf8JsonWriter json, double value, bool isItem)
    {
        // The writer does not begin a new line for what it is given as it is.
        string line = isItem && json.Options.Indented ? "\n" + new string(' ', json.CurrentDepth * json.Options.IndentSize) : "";
        json.WriteRawValue(line + Write(value), skipInputValidation: true);
    }

    /// <summary>Writes a finite number: the fewest digits that read back the same, with a point or an exponent always.</summary>
    public static string Write(double value)
    {
        string sign = double.IsNegative(value) ? "-" : "";
        if (value == 0)
            return sign + "0.0";
        string[] parts = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture).Split('E');
        int whole = parts[0].IndexOf('.', StringComparison.Ordinal) is int dot and >= 0 ? dot : parts[0].Length;
        string all = parts[0].Replace(".", "", StringComparison.Ordinal), digits = all.TrimStart('0');
        // The value is 0.digits times ten to the power of point.
        int point = whole - (all.Length - digits.Length) + (parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0);
        digits = digits.TrimEnd('0');
        return sign + point switch
        {
            > 16 or <= -5 => $"{digits[0]}{(digits.Length > 1 ? "." : "")}{digits[1..]}e{(point > 0 ? "+" : "")}{point - 1}",
            <= 0 => $"0.{new string('0', -point)}{digits}",
            _ when digits.Length <= point => $"{digits.PadRight(point, '0')}.0",
            _ => $"{digits[..point]}.{digits[point..]}",
        };
    }

    private static bool TryAppend(ref ulong significand, char digit)
    {
        ulong value = (ulong)(digit - '0');
        if (significand > (ulong.MaxValue - value) / 10)
            return false;
        significand = (significand * 10) + value;
        return true;
    }

    /// <summary>Adds what is written behind the E; false where it is no 32-bit number.</summary>
    private static bool TryReadExponent(ReadOnlySpan<char> json, ref long exponent)
    {
        bool negative = json[0] == '-';
        ReadOnlySpan<char> digits = json[0] is '-' or '+' ? json[1..] : json;
        long value = 0;
        foreach (char digit in digits)
        {
            value = (value * 10) + (digit - '0');
            if (value > int.MaxValue)
                return false;
        }
        exponent += negative ? -value : value;
        return true;
    }

    private static double? Scale(ulong significand, long exponent)
    {
        double value = significand;
        for (; exponent < -GreatestPower && value != 0; exponent += GreatestPower)
            value /= 1e308;
        if (value == 0)
            return 0;
        if (exponent > GreatestPower)
            return null;
        value = exponent < 0 ? value / Powers[-exponent] : value * Powers[exponent];
        return double.IsFinite(value) ? value : null;
    }
}
