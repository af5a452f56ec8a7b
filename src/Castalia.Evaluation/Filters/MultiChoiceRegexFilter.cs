using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>
/// Finds which choice an answer means: by the pattern; failing that by the text of one of the document's <c>choices</c>, given as its letter in
/// brackets; failing that by a bare letter after a colon.
/// </summary>
internal sealed class MultiChoiceRegexFilter(FilterOptions options) : IFilter
{
    private readonly RegexFilter _regex = new(options);
    private readonly AnswerReduction _reduction = new(options);

    /// <inheritdoc/>
    public IReadOnlyList<object?> Apply(IReadOnlyList<object?> answers, IReadOnlyList<Row> documents)
    {
        var filtered = new object?[answers.Count];
        for (int i = 0; i < filtered.Length; i++)
        {
            if (!documents[i].TryGetValue("choices", out object? choices) || choices is not IReadOnlyList<object?> texts)
                throw new PythonException("KeyError: multi_choice_regex needs the document's list 'choices'");
            Func<string, string> reader = Reader(texts.Select(text => (string)text!));
            filtered[i] = RepeatsFilter.Of(answers[i]).Select(repeat => (object?)reader(repeat as string ?? "")).ToArray();
        }
        return filtered;
    }

    /// <summary>What finds the choice in answers to one document.</summary>
    /// <param name="choices">The document's choices.</param>
    public Func<string, string> Reader(IEnumerable<string> choices)
    {
        string[] texts = [.. choices.Select(choice => _reduction.Apply(PythonString.Strip(choice)))];
        var letters = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < texts.Length; i++)
            letters[texts[i]] = $"({(char)('A' + i)})";
        string anyText = string.Join('|', texts.Select(PythonRegex.Escape));
        string anyLetter = $":[\\s]*({string.Join('|', texts.Select((_, i) => (char)('A' + i)))})";
        return answer => Choice(answer, letters, anyText, anyLetter);
    }

    private string Choice(string answer, Dictionary<string, string> letters, string anyText, string anyLetter)
    {
        if (_regex.Find(answer) is { Length: > 0 } found)
            return found;
        if (_regex.Find(_reduction.Apply(answer), anyText) is { Length: > 0 } text)
            return letters.GetValueOrDefault(text, text);
        return _regex.Find(answer, anyLetter) is { Length: > 0 } letter ? $"({letter})" : _regex.Fallback;
    }
}
