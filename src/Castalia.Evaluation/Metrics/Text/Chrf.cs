using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// chrF (Popović 2015) and, with words, chrF++ (Popović 2017) as sacrebleu 2 computes them; of several references the one with the best score
/// counts.
/// </summary>
/// <param name="characterOrder">Greatest order of character n-grams.</param>
/// <param name="wordOrder">Greatest order of word n-grams: 0 for chrF, 2 for chrF++.</param>
/// <param name="beta">How much more recall counts than precision.</param>
/// <param name="whitespace">Whether white space belongs to the character n-grams.</param>
/// <param name="smoothing">Whether orders without n-grams are smoothed, and not left out.</param>
/// <param name="lowercase">Whether case is ignored.</param>
public sealed class Chrf(
    int characterOrder = 6, int wordOrder = 0, int beta = 2, bool whitespace = false, bool smoothing = false, bool lowercase = false) : CorpusScore
{
    private readonly int _orders = characterOrder + wordOrder;

    /// <inheritdoc/>
    /// <returns>Of each order n-grams of the prediction, of the reference, and common ones.</returns>
    public override double[] Counts(string prediction, IReadOnlyList<string> references)
    {
        ArgumentNullException.ThrowIfNull(references);
        Dictionary<string, int>[] own = Ngrams(prediction);
        double[]? best = null;
        foreach (string reference in references)
        {
            double[] counts = Matches(own, Ngrams(reference));
            if (best is null || Of(counts) > Of(best))
                best = counts;
        }
        return best ?? throw new ArgumentException("chrF needs a reference.", nameof(references));
    }

    /// <inheritdoc/>
    public override double Of(IReadOnlyList<double> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        const double Epsilon = 1e-16;
        double factor = (double)beta * beta, score = 0, precisions = 0, recalls = 0;
        int effective = 0;
        for (int i = 0; i < _orders; i++)
        {
            double given = counts[3 * i], right = counts[3 * i + 1], common = counts[3 * i + 2];
            double precision = given > 0 ? common / given : Epsilon, recall = right > 0 ? common / right : Epsilon;
            double below = factor * precision + recall;
            score += below > 0 ? (1 + factor) * precision * recall / below : Epsilon;
            if (given > 0 && right > 0)
            {
                precisions += precision;
                recalls += recall;
                effective++;
            }
        }
        if (smoothing)
            return 100 * score / _orders;
        if (effective == 0 || precisions + recalls == 0)
            return 0;
        precisions /= effective;
        recalls /= effective;
        return 100 * ((1 + factor) * precisions * recalls / (factor * precisions + recalls));
    }

    private static double[] Matches(Dictionary<string, int>[] given, Dictionary<string, int>[] right)
    {
        var counts = new double[3 * given.Length];
        for (int i = 0; i < given.Length; i++)
        {
            // No n-gram can be missed of a reference that has none.
            counts[3 * i] = right[i].Count > 0 ? given[i].Values.Sum() : 0;
            counts[3 * i + 1] = right[i].Values.Sum();
            counts[3 * i + 2] = given[i].Sum(pair => Math.Min(pair.Value, right[i].GetValueOrDefault(pair.Key)));
        }
        return counts;
    }

    private Dictionary<string, int>[] Ngrams(string text)
    {
        text = lowercase ? PythonString.Lower(text) : text;
        string bare = whitespace ? text : string.Concat(PythonString.SplitAtSpace(text));
        // A pair of surrogates is one character.
        string[] characters = [.. bare.EnumerateRunes().Select(rune => rune.ToString())];
        var ngrams = new Dictionary<string, int>[_orders];
        for (int order = 1; order <= characterOrder; order++)
            ngrams[order - 1] = Counted(characters, order, "");
        string[] words = wordOrder > 0 ? [.. PythonString.SplitAtSpace(text).SelectMany(Parts)] : [];
        for (int order = 1; order <= wordOrder; order++)
            ngrams[characterOrder + order - 1] = Counted(words, order, " ");
        return ngrams;
    }

    /// <summary>A word, with one mark of punctuation at its end or else at its start apart.</summary>
    private static IEnumerable<string> Parts(string word)
    {
        if (PythonString.Length(word) == 1)
            return [word];
        if (TextNormalization.IsAsciiPunctuation(word[^1]))
            return [word[..^1], word[^1..]];
        return TextNormalization.IsAsciiPunctuation(word[0]) ? [word[..1], word[1..]] : [word];
    }

    private static Dictionary<string, int> Counted(string[] units, int order, string separator)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i + order <= units.Length; i++)
        {
            string ngram = string.Join(separator, units, i, order);
            counts[ngram] = counts.GetValueOrDefault(ngram) + 1;
        }
        return counts;
    }
}
