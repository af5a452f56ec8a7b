using Castalia.Text.Unicode;

namespace Castalia.Text.Normalization;

/// <summary>What Unicode 9.0 says of compatibility equivalence: what <see cref="CompositionTables"/> is for NFC and NFD, for NFKC and NFKD.</summary>
internal static class CompatibilityTables
{
    /// <summary>NFKC quick check of each code point, as <see cref="CompositionTables.QuickCheck"/>.</summary>
    public static readonly byte[] QuickCheck = [.. CompositionTables.QuickCheck];

    /// <summary>NFKD quick check of each code point, as <see cref="CompositionTables.DecompositionCheck"/>.</summary>
    public static readonly byte[] DecompositionCheck = [.. CompositionTables.DecompositionCheck];

    private static readonly Dictionary<int, int[]> Decompositions = [];

    static CompatibilityTables()
    {
        ReadOnlySpan<int> table = NormalizationTables.CompatibilityDecompositions;
        for (int i = 0; i < table.Length; i += 2 + table[i + 1])
        {
            Decompositions.Add(table[i], table.Slice(i + 2, table[i + 1]).ToArray());
            QuickCheck[table[i]] = DecompositionCheck[table[i]] = CompositionTables.Never;
        }
        // Canonical composites of what only decomposes further here: U+1E9B is composed in NFC, but its U+017F is an s in NFKC.
        for (int point = 0; point < QuickCheck.Length; point++)
        {
            if (CompositionTables.DecompositionCheck[point] != 0 && point is < CompositionTables.HangulFirst or > CompositionTables.HangulLast && HasMore(point))
                QuickCheck[point] = CompositionTables.Never;
        }
    }

    /// <summary>Adds the full compatibility decomposition of a code point to a list.</summary>
    public static void Decompose(int codePoint, List<int> into)
    {
        int first = into.Count;
        CompositionTables.Decompose(codePoint, into);
        for (int i = first; i < into.Count; i++)
        {
            if (!Decompositions.TryGetValue(into[i], out int[]? parts))
                continue;
            // The parts may decompose further, the canonical way too.
            into.RemoveAt(i);
            List<int> further = [];
            foreach (int part in parts)
                Decompose(part, further);
            into.InsertRange(i, further);
            i += further.Count - 1;
        }
    }

    private static bool HasMore(int codePoint)
    {
        List<int> points = [];
        CompositionTables.Decompose(codePoint, points);
        return points.Exists(Decompositions.ContainsKey);
    }
}
