using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>A filter that looks at all repeats of an answer together.</summary>
/// <param name="choose">Repeats to what is left of them.</param>
internal sealed class RepeatsFilter(Func<IReadOnlyList<object?>, object?> choose) : IFilter
{
    /// <summary>The repeats of an answer.</summary>
    /// <exception cref="PythonException">An earlier filter chose among them already.</exception>
    public static IReadOnlyList<object?> Of(object? answer) => answer switch
    {
        IReadOnlyList<object?> repeats => repeats,
        // Python's text is a list of characters to a filter that stands after one that chose.
        string text => [.. text.EnumerateRunes().Select(rune => (object?)rune.ToString())],
        _ => throw new PythonException($"TypeError: a filter was given a {PythonOperators.TypeName(answer)} in the place of the list of repeats"),
    };

    /// <inheritdoc/>
    public IReadOnlyList<object?> Apply(IReadOnlyList<object?> answers, IReadOnlyList<Row> documents) =>
        [.. answers.Select(answer => choose(Of(answer)))];
}

/// <summary>A filter that changes each repeat of an answer by itself.</summary>
/// <param name="change">Answer to what it becomes.</param>
internal sealed class AnswerFilter(Func<object?, object?> change) : IFilter
{
    /// <inheritdoc/>
    public IReadOnlyList<object?> Apply(IReadOnlyList<object?> answers, IReadOnlyList<Row> documents) =>
        [.. answers.Select(answer => RepeatsFilter.Of(answer).Select(change).ToArray())];
}
