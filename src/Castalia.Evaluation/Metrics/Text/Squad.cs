using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Exact match and F1 of words as SQuAD's script scores short answers (Rajpurkar et al. 2016).</summary>
public static class Squad
{
    /// <summary>The answer in lower case without punctuation, articles and white space beyond one between words.</summary>
    public static string Normalize(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return TextNormalization.SingleSpaced(TextNormalization.WithoutArticles(TextNormalization.WithoutPunctuation(PythonString.Lower(answer))));
    }

    /// <summary>1 if both answers are the same once normalised, else 0.</summary>
    public static double Exact(string prediction, string gold) => Normalize(prediction) == Normalize(gold) ? 1 : 0;

    /// <summary>Harmonic mean of precision and recall over words; where one answer has no words, whether both have none.</summary>
    public static double F1(string prediction, string gold)
    {
        List<string> predicted = PythonString.SplitAtSpace(Normalize(prediction)), right = PythonString.SplitAtSpace(Normalize(gold));
        if (predicted.Count == 0 || right.Count == 0)
            return predicted.Count == right.Count ? 1 : 0;
        Dictionary<string, int> counts = right.CountBy(word => word).ToDictionary(StringComparer.Ordinal);
        int same = 0;
        foreach (string word in predicted)
        {
            if (counts.TryGetValue(word, out int left) && left > 0)
            {
                counts[word] = left - 1;
                same++;
            }
        }
        if (same == 0)
            return 0;
        double precision = (double)same / predicted.Count, recall = (double)same / right.Count;
        return 2 * precision * recall / (precision + recall);
    }
}
