using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// Translation edit rate (Snover et al. 2006) as sacrebleu 2 computes it after Tercom: edits and shifts of word sequences over the mean length
/// of the references. Lower is better, and it may be over 100.
/// </summary>
/// <param name="normalized">Whether punctuation is set apart by Tercom's rules for Western languages first.</param>
/// <param name="noPunctuation">Whether punctuation is left out.</param>
/// <param name="caseSensitive">Whether case matters.</param>
public sealed class Ter(bool normalized = false, bool noPunctuation = false, bool caseSensitive = false) : CorpusScore
{
    /// <inheritdoc/>
    /// <returns>The fewest edits to a reference, and the references' mean length in words.</returns>
    public override double[] Counts(string prediction, IReadOnlyList<string> references)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(references);
        string[] words = Words(prediction);
        string[][] right = [.. references.Select(Words)];
        return [right.Min(reference => TerAlignment.Edits(words, reference)), right.Average(reference => reference.Length)];
    }

    /// <inheritdoc/>
    public override double Of(IReadOnlyList<double> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        return counts[1] > 0 ? 100 * (counts[0] / counts[1]) : counts[0] > 0 ? 100 : 0;
    }

    private string[] Words(string text)
    {
        text = PythonString.RightStrip(text);
        if (!caseSensitive)
            text = PythonString.Lower(text);
        if (normalized)
            text = Normalized(text);
        if (noPunctuation)
            text = PythonRegex.Replace(text, @"[\.,\?:;!""\(\)]", "");
        return [.. PythonString.SplitAtSpace(text)];
    }

    private static string Normalized(string text)
    {
        text = text.Replace("\n-", "", StringComparison.Ordinal).Replace('\n', ' ');
        text = text.Replace("&quot;", "\"", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal)
            .Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal);
        text = PythonRegex.Replace($" {text} ", @"([{-~[-` -&(-+:-@/])", @" \1 ");
        text = PythonRegex.Replace(PythonRegex.Replace(text, "'s ", " 's "), "'s$", " 's");
        return BleuTokenizer.AtDigits(text);
    }
}
