namespace Castalia;

/// <summary>The known name that somebody most likely meant.</summary>
public static class NameSuggestion
{
    private const int MostShown = 40;

    /// <summary>The nearest known name by edit distance, or null where none is near.</summary>
    public static string? Nearest(string name, IEnumerable<string> known) =>
        known.Select(candidate => (candidate, distance: Distance(name.ToLowerInvariant(), candidate.ToLowerInvariant())))
            .Where(pair => pair.distance <= Math.Max(2, name.Length / 3))
            .OrderBy(pair => pair.distance).ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .Select(pair => pair.candidate).FirstOrDefault();

    /// <summary>A sentence for an error: the nearest name where one is near, and the known names as far as they fit on a screen.</summary>
    public static string Remedy(string name, IEnumerable<string> known)
    {
        string[] names = [.. known.Order(StringComparer.Ordinal)];
        string all = $"Known: {string.Join(", ", names.Take(MostShown))}{(names.Length > MostShown ? ", ..." : "")}.";
        return Nearest(name, names) is { } nearest ? $"Did you mean '{nearest}'? {all}" : all;
    }

    /// <summary>Edit distance with neighbouring transpositions counted as one.</summary>
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            d[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }
        return d[a.Length, b.Length];
    }
}
