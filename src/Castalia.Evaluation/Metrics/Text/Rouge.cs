using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Precision, recall and their harmonic mean, from 0 to 1.</summary>
/// <param name="Precision">Share of what was given that is right.</param>
/// <param name="Recall">Share of what is right that was given.</param>
/// <param name="F">Harmonic mean of both; 0 if both are.</param>
public readonly record struct RougeScore(double Precision, double Recall, double F);

/// <summary>
/// ROUGE (Lin 2004) as Google's rouge_score computes it: words of a to z and 0 to 9 in lower case. The bootstrap aggregator of that package
/// gives the score itself for a single document, as TruthfulQA uses it.
/// </summary>
public static class Rouge
{
    /// <summary>ROUGE-N: shared n-grams of words.</summary>
    /// <param name="prediction">The text given.</param>
    /// <param name="target">The right text.</param>
    /// <param name="order">Words in an n-gram: 1 for ROUGE-1, 2 for ROUGE-2.</param>
    /// <param name="stem">Whether words of more than three letters are reduced to their stems.</param>
    public static RougeScore Ngrams(string prediction, string target, int order, bool stem = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 1);
        Dictionary<string, int> given = Counted(Words(prediction, stem), order), right = Counted(Words(target, stem), order);
        return Score(right.Sum(pair => Math.Min(pair.Value, given.GetValueOrDefault(pair.Key))), given.Values.Sum(), right.Values.Sum());
    }

    /// <summary>ROUGE-L: the longest common subsequence of words.</summary>
    public static RougeScore Longest(string prediction, string target, bool stem = false)
    {
        string[] given = Words(prediction, stem), right = Words(target, stem);
        return Score(Common(right, given).Count, given.Length, right.Length);
    }

    /// <summary>ROUGE-Lsum: of each line of the target the union of its common subsequences with all lines of the prediction.</summary>
    public static RougeScore LongestOfLines(string prediction, string target, bool stem = false)
    {
        string[][] given = Lines(prediction, stem), right = Lines(target, stem);
        // A word counts as often as it stands in both texts, and no more.
        Dictionary<string, int> leftGiven = Counted([.. given.SelectMany(line => line)], 1), leftRight = Counted([.. right.SelectMany(line => line)], 1);
        int hits = 0;
        foreach (string[] line in right)
        {
            foreach (int i in given.SelectMany(other => Common(line, other)).Distinct().Order())
            {
                if (leftGiven.GetValueOrDefault(line[i]) == 0 || leftRight[line[i]] == 0)
                    continue;
                hits++;
                leftGiven[line[i]]--;
                leftRight[line[i]]--;
            }
        }
        return Score(hits, given.Sum(line => line.Length), right.Sum(line => line.Length));
    }

    private static RougeScore Score(int shared, int given, int right)
    {
        double precision = given == 0 ? 0 : (double)shared / given, recall = right == 0 ? 0 : (double)shared / right;
        return new RougeScore(precision, recall, precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0);
    }

    private static string[][] Lines(string text, bool stem)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. text.Split('\n').Where(line => line.Length > 0).Select(line => Words(line, stem))];
    }

    private static string[] Words(string text, bool stem)
    {
        ArgumentNullException.ThrowIfNull(text);
        string bare = string.Concat(PythonString.Lower(text).Select(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) ? c : ' '));
        string[] words = bare.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return stem ? Array.ConvertAll(words, word => word.Length > 3 ? PorterStemmer.Stem(word) : word) : words;
    }

    private static Dictionary<string, int> Counted(string[] words, int order)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i + order <= words.Length; i++)
        {
            string ngram = string.Join(' ', words, i, order);
            counts[ngram] = counts.GetValueOrDefault(ngram) + 1;
        }
        return counts;
    }

    /// <summary>Where in the first sequence the words of the longest subsequence common to both stand.</summary>
    private static List<int> Common(string[] first, string[] second)
    {
        var lengths = new int[first.Length + 1, second.Length + 1];
        for (int i = 1; i <= first.Length; i++)
        {
            for (int j = 1; j <= second.Length; j++)
                lengths[i, j] = first[i - 1] == second[j - 1] ? lengths[i - 1, j - 1] + 1 : Math.Max(lengths[i - 1, j], lengths[i, j - 1]);
        }
        var positions = new List<int>();
        for (int i = first.Length, j = second.Length; i > 0 && j > 0;)
        {
            if (first[i - 1] == second[j - 1])
            {
                positions.Add(--i);
                j--;
            }
            else if (lengths[i, j - 1] > lengths[i - 1, j])
                j--;
            else
                i--;
        }
        positions.Reverse();
        return positions;
    }
}
