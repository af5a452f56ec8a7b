namespace Castalia.Evaluation;

/// <summary>The harness's filters by name.</summary>
public static class Filter
{
    /// <summary>The filter of a name.</summary>
    /// <exception cref="FormatException">There is no such filter.</exception>
    public static IFilter Create(string name, Row options) => name == "take_first" ? new TakeFirst() : throw new FormatException($"'{name}' is no filter.");

    private sealed class TakeFirst : IFilter
    {
        public IReadOnlyList<object?> Apply(IReadOnlyList<object?> answers, IReadOnlyList<Row> documents) =>
            [.. answers.Select(answer => ((IReadOnlyList<object?>)answer!)[0])];
    }
}
