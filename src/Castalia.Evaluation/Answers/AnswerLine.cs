using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// A line of an answer store: a checksum of what follows it, the request's key, and the answer. A log-likelihood is a number and whether it is
/// greedy, a text is JSON; numbers are written so that they come back to the bit.
/// </summary>
internal static class AnswerLine
{
    private const int ChecksumLength = 16;
    private const string True = "greedy", False = "not";

    /// <summary>Writes a line without its end.</summary>
    public static string Write(AnswerKey key, object answer) => Write(key + " " + answer switch
    {
        Loglikelihood loglikelihood => $"loglikelihood {Number(loglikelihood.Value)} {(loglikelihood.IsGreedy ? True : False)}",
        double sum => $"rolling {Number(sum)}",
        string text => $"text {PythonJson.Dumps(text)}",
        _ => throw new ArgumentOutOfRangeException(nameof(answer)),
    });

    /// <summary>Puts a checksum before something.</summary>
    public static string Write(string content) => Checksum(content) + " " + content;

    /// <summary>Whether a line is whole, and then what follows its checksum.</summary>
    public static bool TryCheck(string line, out string content)
    {
        bool whole = line.Length > ChecksumLength && line[ChecksumLength] == ' '
            && line.AsSpan(0, ChecksumLength).SequenceEqual(Checksum(line[(ChecksumLength + 1)..]));
        content = whole ? line[(ChecksumLength + 1)..] : "";
        return whole;
    }

    /// <summary>Reads a line; false if it is not one that <see cref="Write(AnswerKey, object)"/> makes.</summary>
    public static bool TryRead(string line, out AnswerKey key, out object answer)
    {
        (key, answer) = (default, "");
        if (!TryCheck(line, out string content) || content.Split(' ', 3) is not [string hex, string kind, string value] || !AnswerKey.TryParse(hex, out key))
            return false;
        object? read = kind switch
        {
            "loglikelihood" => value.Split(' ') is [string number, (True or False) and string greedy] && TryNumber(number, out double sum)
                ? new Loglikelihood(sum, greedy == True) : null,
            "rolling" => TryNumber(value, out double sum) ? sum : null,
            "text" => Text(value),
            _ => null,
        };
        answer = read ?? "";
        return read is not null;
    }

    private static string Checksum(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)).AsSpan(0, ChecksumLength / 2));

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static bool TryNumber(string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    private static string? Text(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<string>(json);
        }
        catch (JsonException)
        {
            return null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
