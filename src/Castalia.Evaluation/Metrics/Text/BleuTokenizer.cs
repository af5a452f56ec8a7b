using System.Globalization;
using System.Text;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>How BLEU cuts texts into words: the rules of the scripts mteval-v13a and mteval-v14, and two plain ones.</summary>
internal static class BleuTokenizer
{
    /// <summary>The tokenizer of a name: text to text with spaces between words.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static Func<string, string> Of(string name) => name switch
    {
        "13a" => V13a,
        "intl" => International,
        "char" => text => string.Join(' ', text.EnumerateRunes()),
        "none" => text => text,
        _ => throw new ArgumentException($"'{name}' is no tokenizer for BLEU here; there are 13a, intl, char and none.", nameof(name)),
    };

    private static string V13a(string text)
    {
        text = text.Replace("<skipped>", "", StringComparison.Ordinal).Replace("-\n", "", StringComparison.Ordinal).Replace('\n', ' ');
        text = text.Replace("&quot;", "\"", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal)
            .Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal);
        return Western($" {text} ");
    }

    /// <summary>The rules for punctuation that mteval-v13a and TER's normalisation share, without the possessive.</summary>
    public static string Western(string text)
    {
        text = PythonRegex.Replace(text, @"([\{-\~\[-\` -\&\(-\+\:-\@\/])", @" \1 ");
        return AtDigits(text);
    }

    /// <summary>Periods and commas stand apart but between digits, and dashes after digits.</summary>
    public static string AtDigits(string text)
    {
        text = PythonRegex.Replace(text, @"([^0-9])([\.,])", @"\1 \2 ");
        text = PythonRegex.Replace(text, @"([\.,])([^0-9])", @" \1 \2");
        return PythonRegex.Replace(text, @"([0-9])(-)", @"\1 \2 ");
    }

    /// <summary>mteval-v14's international rules: punctuation stands apart but between numbers, symbols always.</summary>
    private static string International(string text)
    {
        Rune[] runes = [.. text.EnumerateRunes()];
        // Each pass goes over the text as a pattern of two characters does, which never takes a character twice.
        runes = Pass(runes, (a, b) => !IsNumber(a) && Rune.IsPunctuation(b), before: false);
        runes = Pass(runes, (a, b) => Rune.IsPunctuation(a) && !IsNumber(b), before: true);
        var output = new StringBuilder(text.Length + 16);
        foreach (Rune rune in runes)
        {
            if (Rune.IsSymbol(rune))
                output.Append(' ').Append(rune).Append(' ');
            else
                output.Append(rune);
        }
        return output.ToString();
    }

    private static Rune[] Pass(Rune[] runes, Func<Rune, Rune, bool> matches, bool before)
    {
        var space = new Rune(' ');
        var output = new List<Rune>(runes.Length + 16);
        for (int i = 0; i < runes.Length; i++)
        {
            if (i + 1 == runes.Length || !matches(runes[i], runes[i + 1]))
            {
                output.Add(runes[i]);
                continue;
            }
            Rune[] separated = before ? [space, runes[i], space, runes[i + 1]] : [runes[i], space, runes[i + 1], space];
            output.AddRange(separated);
            i++;
        }
        return [.. output];
    }

    private static bool IsNumber(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;
}
