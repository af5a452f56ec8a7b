using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>A filter that looks at one answer at a time, together with its document, and keeps the list of repeats.</summary>
/// <param name="apply">Document to a function from answer to what is left of it.</param>
internal sealed class EachAnswerFilter(Func<Row, Func<string, string>> apply) : IFilter
{
    /// <inheritdoc/>
    public IReadOnlyList<object?> Apply(IReadOnlyList<object?> answers, IReadOnlyList<Row> documents)
    {
        var filtered = new object?[answers.Count];
        for (int i = 0; i < filtered.Length; i++)
        {
            Func<string, string> one = apply(documents[i]);
            IReadOnlyList<object?> repeats = answers[i] as IReadOnlyList<object?>
                ?? throw new PythonException("TypeError: the filter needs the list of repeats; it stands after one that chose among them");
            filtered[i] = (IReadOnlyList<object?>)[.. repeats.Select(repeat => (object?)one((string)repeat!))];
        }
        return filtered;
    }
}
