namespace Castalia.Evaluation;

/// <summary>The known name that somebody most likely meant.</summary>
internal static class Suggestion
{
    /// <summary>A sentence with the nearest known name, if one is near, and else all of them.</summary>
    public static string For(string name, IEnumerable<string> known)
    {
        string[] names = [.. known.Order(StringComparer.Ordinal)];
        string? nearest = names.Select(candidate => (candidate, distance: Distance(name, candidate)))
            .Where(pair => pair.distance <= Math.Max(2, name.Length / 3))
            .OrderBy(pair => pair.distance).Select(pair => pair.candidate).FirstOrDefault();
        return nearest is not null ? $"Did you mean '{nearest}'?" : $"Known: {string.Join(", ", names.Take(60))}{(names.Length > 60 ? ", ..." : "")}.";
    }

    private static int Distance(string a, string b)
    {
        int[] above = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            var row = new int[b.Length + 1];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
                row[j] = Math.Min(Math.Min(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
            above = row;
        }
        return above[b.Length];
    }
}
