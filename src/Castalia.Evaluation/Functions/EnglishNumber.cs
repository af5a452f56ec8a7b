using System.Globalization;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// Numbers written in English words: where they stand in a text, by the pattern of the harness's BBH filter, and what they say, by the rules of the
/// Python library word2number that it calls.
/// </summary>
internal static class EnglishNumber
{
    private static readonly Dictionary<string, long> Values = Build();

    /// <summary>
    /// Finds a number in words. It is the harness's pattern with what is odd in it: six, seven and nine are found only within -teen and -ty.
    /// </summary>
    public static string Pattern { get; } =
        $"((?:(?:{Words("teen|ty", "|een|y")})(?:{Words("|teen|ty", "een|y")}|[^\\S\\r\\n]|,|and|&)+)?(?:{Words("teen|ty", "een|y")}))";

    /// <summary>The number that words say, as digits; null where word2number raises an error.</summary>
    public static string? Read(string words)
    {
        words = PythonString.Lower(words.Replace('-', ' '));
        string[] known = [.. PythonString.SplitAtSpace(words).Where(word => Values.ContainsKey(word) || word == "point")];
        int point = Array.IndexOf(known, "point");
        // The pattern finds no decimal point.
        if (known.Length == 0 || point >= 0 || Twice(known, "thousand") || Twice(known, "million") || Twice(known, "billion"))
            return null;
        if (known.Length == 1)
            return Values[known[0]].ToString(CultureInfo.InvariantCulture);
        long sum = 0;
        int from = 0;
        foreach ((string word, long worth) in ((string, long)[])[("billion", 1_000_000_000), ("million", 1_000_000), ("thousand", 1000)])
        {
            int at = Array.IndexOf(known, word);
            if (at < 0)
                continue;
            if (at < from || Group(known.AsSpan(from, at - from)) is not { } times)
                return null;
            sum += times * worth;
            from = at + 1;
        }
        if (from == known.Length)
            return sum.ToString(CultureInfo.InvariantCulture);
        return Group(known.AsSpan(from)) is { } rest ? (sum + rest).ToString(CultureInfo.InvariantCulture) : null;
    }

    private static string Words(string tens, string eights) => "zero|one|two|three|four|five|(?:twen|thir|for|fif|six|seven|nine)"
        + $"(?:{tens})|eight(?:{eights})|ten|eleven|twelve|fourteen|hundred|thousand|(?:m|b|tr)illion";

    private static bool Twice(string[] words, string word) => words.Count(one => one == word) > 1;

    /// <summary>Up to four words below a thousand; of more than four only the first counts, in word2number.</summary>
    private static long? Group(ReadOnlySpan<string> words)
    {
        if (words.Length == 0)
            return null;
        long first = Values[words[0]];
        return words.Length switch
        {
            4 => first * Values[words[1]] + Values[words[2]] + Values[words[3]],
            3 => first * Values[words[1]] + Values[words[2]],
            2 => first == 100 || Values[words[1]] == 100 ? first * Values[words[1]] : first + Values[words[1]],
            _ => first,
        };
    }

    private static Dictionary<string, long> Build()
    {
        string[] small = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
            "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"];
        string[] tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
        var values = new Dictionary<string, long>(StringComparer.Ordinal) { ["hundred"] = 100, ["thousand"] = 1000, ["million"] = 1_000_000, ["billion"] = 1_000_000_000 };
        for (int i = 0; i < small.Length; i++)
            values[small[i]] = i;
        for (int i = 0; i < tens.Length; i++)
            values[tens[i]] = 20 + 10 * i;
        return values;
    }
}
