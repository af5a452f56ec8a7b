using System.Globalization;
using System.Text;
using Castalia.Text.Jinja.Python;

namespace Castalia.Text.Chat;

/// <summary>Python's <c>strftime</c> in English.</summary>
internal static class PythonTime
{
    /// <summary>The time in a format.</summary>
    /// <exception cref="PythonException">The format has a field that is not known here, or is too long.</exception>
    public static string Format(DateTimeOffset time, string format)
    {
        if (format.Length > 1000)
            throw new PythonException("ValueError: the format is too long");
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }
            bool unpadded = format[i + 1] == '-' && i + 2 < format.Length;
            i += unpadded ? 2 : 1;
            string field = Field(time, format[i]);
            text.Append(unpadded && field.Length > 1 && field[0] == '0' ? field[1..] : field);
        }
        return text.ToString();
    }

    private static string Field(DateTimeOffset time, char field) => field switch
    {
        '%' => "%",
        'd' => In(time, "dd"),
        'b' or 'h' => In(time, "MMM"),
        'B' => In(time, "MMMM"),
        'm' => In(time, "MM"),
        'Y' => In(time, "yyyy"),
        'y' => In(time, "yy"),
        'H' => In(time, "HH"),
        'I' => In(time, "hh"),
        'M' => In(time, "mm"),
        'S' => In(time, "ss"),
        'p' => In(time, "tt"),
        'a' => In(time, "ddd"),
        'A' => In(time, "dddd"),
        'j' => time.DayOfYear.ToString("D3", CultureInfo.InvariantCulture),
        'F' => In(time, "yyyy-MM-dd"),
        'T' => In(time, "HH:mm:ss"),
        _ => throw new PythonException($"ValueError: strftime_now does not know %{field}"),
    };

    private static string In(DateTimeOffset time, string format) => time.ToString(format, CultureInfo.InvariantCulture);
}
