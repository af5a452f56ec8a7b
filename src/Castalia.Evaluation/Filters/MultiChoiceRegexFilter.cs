using System.Text;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// Finds which choice an answer means: by the pattern; failing that by the text of one of the document's <c>choices</c>, given as its letter in
/// brackets; failing that by a bare letter after a colon.
/// </summary>
internal sealed class MultiChoiceRegexFilter(FilterOptions options) : IFilter
{
    private readonly RegexFilter _regex = new(options);
    private readonly bool _ignoreCase = options.Truth("ignore_case");
    private readonly bool _ignorePunctuation = options.Truth("ignore_punctuation");
    private readonly string[] _ignored = options.Texts("regexes_to_ignore");

    /// <inheritdoc/>
    public IReadOnlyList<object?> Apply(IReadOnlyList<object?> answers, IReadOnlyList<Row> documents)
    {
        var filtered = new object?[answers.Count];
        for (int i = 0; i < filtered.Length; i++)
        {
            if (!documents[i].TryGetValue("choices", out object? choices) || choices is not IReadOnlyList<object?> texts)
                throw new PythonException("KeyError: multi_choice_regex needs the document's list 'choices'");
            filtered[i] = Choices(RepeatsFilter.Of(answers[i]), texts);
        }
        return filtered;
    }

    private object?[] Choices(IReadOnlyList<object?> repeats, IReadOnlyList<object?> choices)
    {
        string[] texts = [.. choices.Select(choice => Reduced(PythonString.Strip((string)choice!)))];
        var letters = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < texts.Length; i++)
            letters[texts[i]] = $"({(char)('A' + i)})";
        string anyText = string.Join('|', texts.Select(PythonRegex.Escape));
        string anyLetter = $":[\\s]*({string.Join('|', texts.Select((_, i) => (char)('A' + i)))})";
        return [.. repeats.Select(repeat => (object?)Choice(repeat as string ?? "", letters, anyText, anyLetter))];
    }

    private string Choice(string answer, Dictionary<string, string> letters, string anyText, string anyLetter)
    {
        if (_regex.Find(answer) is { Length: > 0 } found)
            return found;
        if (_regex.Find(Reduced(answer), anyText) is { Length: > 0 } text)
            return letters.GetValueOrDefault(text, text);
        return _regex.Find(answer, anyLetter) is { Length: > 0 } letter ? $"({letter})" : _regex.Fallback;
    }

    private string Reduced(string text)
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
