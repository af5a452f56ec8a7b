namespace Castalia.Recipes.Report.Sections;

/// <summary>Chooses among too many checkpoints.</summary>
internal static class Thinning
{
    /// <summary>At most <paramref name="most"/> items at even distances, the first and the last included.</summary>
    public static IReadOnlyList<T> Even<T>(IReadOnlyList<T> items, int most) => items.Count <= most
        ? items
        : [.. Enumerable.Range(0, most).Select(i => items[(int)((long)i * (items.Count - 1) / (most - 1))])];
}
