using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>DROP's exact match and F1 of answers that may be several spans (Dua et al. 2019).</summary>
public static class Drop
{
    /// <summary>Scores spans that were given against the right ones.</summary>
    /// <param name="predicted">The spans given.</param>
    /// <param name="gold">The right spans.</param>
    /// <returns>Exact match, and F1 over spans in the best alignment, rounded to hundredths.</returns>
    public static (double ExactMatch, double F1) Scores(IReadOnlyList<string> predicted, IReadOnlyList<string> gold)
    {
        ArgumentNullException.ThrowIfNull(predicted);
        ArgumentNullException.ThrowIfNull(gold);
        string[] given = [.. predicted.Select(Normalize)], right = [.. gold.Select(Normalize)];
        bool same = given.Length == right.Length && given.ToHashSet(StringComparer.Ordinal).SetEquals(right);
        HashSet<string>[] givenBags = [.. given.Select(Bag)], rightBags = [.. right.Select(Bag)];
        var scores = new double[rightBags.Length, givenBags.Length];
        for (int i = 0; i < rightBags.Length; i++)
        {
            for (int j = 0; j < givenBags.Length; j++)
                scores[i, j] = NumbersAgree(rightBags[i], givenBags[j]) ? F1(givenBags[j], rightBags[i]) : 0;
        }
        int[] columns = Assignment.Greatest(scores);
        double sum = 0;
        for (int i = 0; i < columns.Length; i++)
            sum += columns[i] < 0 ? 0 : scores[i, columns[i]];
        double mean = sum / Math.Max(given.Length, right.Length);
        return (same ? 1 : 0, Math.Round(mean * 100, MidpointRounding.ToEven) / 100);
    }

    /// <summary>A span in lower case, without articles and punctuation, with its numbers written as Python writes floats.</summary>
    public static string Normalize(string span)
    {
        ArgumentNullException.ThrowIfNull(span);
        IEnumerable<string> words = span.Split(' ', '-').Select(word => TextNormalization.SingleSpaced(TextNormalization.WithoutArticles(Bare(PythonString.Lower(word)))));
        return string.Join(' ', words.Where(word => word.Length > 0));
    }

    private static string Bare(string word)
    {
        if (!TextNormalization.TryFloat(word, out double number))
        {
            word = TextNormalization.WithoutPunctuation(word);
            if (!TextNormalization.TryFloat(word, out number))
                return word;
        }
        return PythonText.Str(number);
    }

    private static HashSet<string> Bag(string span) => PythonString.SplitAtSpace(span).ToHashSet(StringComparer.Ordinal);

    private static double F1(HashSet<string> given, HashSet<string> right)
    {
        int both = right.Count(given.Contains);
        double precision = given.Count == 0 ? 1 : both / (double)given.Count, recall = right.Count == 0 ? 1 : both / (double)right.Count;
        return precision == 0 && recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
    }

    private static bool NumbersAgree(HashSet<string> right, HashSet<string> given)
    {
        string[] numbers = [.. right.Where(word => TextNormalization.TryFloat(word, out _))];
        return numbers.Length == 0 || numbers.Any(given.Contains);
    }
}
