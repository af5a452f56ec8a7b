namespace Castalia.Evaluation;

/// <summary>Filters one after the other, under the name that the metrics of their outcome carry.</summary>
/// <param name="Name">The pipeline's name: <c>none</c>, <c>strict-match</c>.</param>
/// <param name="Filters">The steps; none stands for <c>take_first</c> alone.</param>
public sealed record FilterPipeline(string Name, IReadOnlyList<IFilter> Filters)
{
    /// <summary>What a task without filters has: the first of the repeats, under the name <c>none</c>.</summary>
    public static FilterPipeline Default { get; } = new("none", []);
}
