using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Whether texts are the same, but for what the options say to ignore.</summary>
public static class ExactMatch
{
    /// <summary>Share of predictions that equal their reference.</summary>
    /// <param name="references">The right answers.</param>
    /// <param name="predictions">As many answers given.</param>
    /// <param name="options">
    /// Applied to both sides in this order: <c>regexes_to_ignore</c> (patterns of Python's), <c>ignore_case</c>, <c>ignore_punctuation</c> (ASCII's
    /// alone), <c>ignore_numbers</c> (0 to 9).
    /// </param>
    /// <exception cref="PythonException">A pattern is none, or runs away.</exception>
    public static double Score(IReadOnlyList<string> references, IReadOnlyList<string> predictions, Row options)
    {
        ArgumentNullException.ThrowIfNull(references);
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(options);
        if (references.Count != predictions.Count)
            throw new PythonException($"ValueError: exact_match was given {predictions.Count} predictions for {references.Count} references");
        int same = 0;
        for (int i = 0; i < references.Count; i++)
            same += Reduced(references[i], options) == Reduced(predictions[i], options) ? 1 : 0;
        return (double)same / references.Count;
    }

    private static string Reduced(string text, Row options)
    {
        if (options.TryGetValue("regexes_to_ignore", out object? given) && given is not null)
        {
            var patterns = given as IReadOnlyList<object?> ?? throw new PythonException("TypeError: regexes_to_ignore is to be a list of patterns");
            foreach (object? pattern in patterns)
                text = PythonRegex.Replace(text, pattern as string ?? throw new PythonException("TypeError: regexes_to_ignore holds what is no text"), "");
        }
        if (Has(options, "ignore_case"))
            text = PythonString.Lower(text);
        if (Has(options, "ignore_punctuation"))
            text = string.Concat(text.Where(c => !TextNormalization.IsAsciiPunctuation(c)));
        return Has(options, "ignore_numbers") ? string.Concat(text.Where(c => !char.IsAsciiDigit(c))) : text;
    }

    private static bool Has(Row options, string name) => options.TryGetValue(name, out object? value) && PythonOperators.IsTrue(value);
}
