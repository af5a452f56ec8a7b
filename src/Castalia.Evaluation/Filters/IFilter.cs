namespace Castalia.Evaluation;

/// <summary>
/// A step between a model's answers and their scoring, the harness's filter: it cuts the answer out of a text, chooses among repeats, or maps
/// one to another.
/// </summary>
public interface IFilter
{
    /// <summary>Applies the step to the answers of all documents of a task at once.</summary>
    /// <param name="answers">
    /// One entry a request. At first each is a list with one answer a repeat; after a step that chooses among repeats (<c>take_first</c>) it is
    /// what that step chose. An answer is text, or a boxed <see cref="Loglikelihood"/>.
    /// </param>
    /// <param name="documents">The document of each entry.</param>
    /// <returns>One entry a request.</returns>
    IReadOnlyList<object?> Apply(IReadOnlyList<object?> answers, IReadOnlyList<Row> documents);
}
