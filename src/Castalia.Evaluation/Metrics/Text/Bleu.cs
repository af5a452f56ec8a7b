using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// BLEU (Papineni et al. 2002) as sacrebleu 2 computes it (Post 2018), up to 4-grams with exponential smoothing; of several references each
/// n-gram's greatest count and the closest length count.
/// </summary>
/// <param name="tokenizer">How texts are cut into words: <c>13a</c>, <c>intl</c>, <c>char</c> or <c>none</c>.</param>
/// <param name="lowercase">Whether case is ignored.</param>
/// <param name="effectiveOrder">Whether orders for which a text is too short are left out, as sacrebleu does for single sentences.</param>
public sealed class Bleu(string tokenizer = "13a", bool lowercase = false, bool effectiveOrder = false) : CorpusScore
{
    private const int Order = 4;

    private readonly Func<string, string> _tokenize = BleuTokenizer.Of(tokenizer);

    /// <inheritdoc/>
    /// <returns>Length, length of the reference, then matches and totals of each order.</returns>
    public override double[] Counts(string prediction, IReadOnlyList<string> references)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(references);
        List<string> words = Words(prediction);
        var counts = new double[2 + 2 * Order];
        counts[0] = words.Count;
        List<string>[] right = [.. references.Select(Words)];
        counts[1] = right.Select(of => of.Count).MinBy(length => (Math.Abs(length - words.Count), length));
        for (int order = 1; order <= Order; order++)
        {
            var most = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (List<string> reference in right)
            {
                foreach ((string ngram, int count) in Ngrams(reference, order))
                    most[ngram] = Math.Max(count, most.GetValueOrDefault(ngram));
            }
            foreach ((string ngram, int count) in Ngrams(words, order))
            {
                counts[1 + order] += Math.Min(count, most.GetValueOrDefault(ngram));
                counts[1 + Order + order] += count;
            }
        }
        return counts;
    }

    /// <inheritdoc/>
    public override double Of(IReadOnlyList<double> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        double length = counts[0], reference = counts[1], smooth = 1, logs = 0;
        if (Enumerable.Range(2, Order).All(i => counts[i] == 0))
            return 0;
        int used = 0;
        for (; used < Order && counts[2 + Order + used] > 0; used++)
        {
            double correct = counts[2 + used], total = counts[2 + Order + used];
            if (correct == 0)
                smooth *= 2;
            logs += Math.Log(correct == 0 ? 100 / (smooth * total) : 100 * correct / total);
        }
        // Without the effective order a set too short for 4-grams has a precision of zero among the four.
        if (used < Order && !effectiveOrder)
            return 0;
        double brevity = length < reference ? length > 0 ? Math.Exp(1 - reference / length) : 0 : 1;
        return brevity * Math.Exp(logs / used);
    }

    private List<string> Words(string text)
    {
        text = lowercase ? PythonString.Lower(text) : text;
        return PythonString.SplitAtSpace(_tokenize(PythonString.RightStrip(text)));
    }

    private static IEnumerable<KeyValuePair<string, int>> Ngrams(List<string> words, int order) =>
        Enumerable.Range(0, Math.Max(0, words.Count - order + 1)).CountBy(i => string.Join(' ', words.GetRange(i, order)), StringComparer.Ordinal);
}
