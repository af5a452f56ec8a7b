using System.Text;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Takes out of a text what a filter's options say to ignore, before it is compared: <c>regexes_to_ignore</c>, case, punctuation.</summary>
internal sealed class AnswerReduction(FilterOptions options)
{
    private readonly string[] _ignored = options.Texts("regexes_to_ignore");
    private readonly bool _ignoreCase = options.Truth("ignore_case");
    private readonly bool _ignorePunctuation = options.Truth("ignore_punctuation");

    /// <summary>What is left of a text. Punctuation is Unicode's here, unlike that of <c>exact_match</c>.</summary>
    public string Apply(string text)
    {
        foreach (string pattern in _ignored)
            text = PythonRegex.Replace(text, pattern, "");
        if (_ignoreCase)
            text = PythonString.Lower(text);
        if (!_ignorePunctuation)
            return text;
        var kept = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (!Rune.IsPunctuation(rune))
                kept.Append(rune);
        }
        return kept.ToString();
    }
}
