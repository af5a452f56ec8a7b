using Castalia.Text.Unicode;

namespace Castalia.Text.Normalization;

/// <summary>What Unicode 9.0 says of compatibility equivalence: for NFKC and NFKD what <see cref="CompositionTables"/> is for NFC and NFD.</summary>
internal static class CompatibilityTables
{
    /// <summary>NFKC quick check of each code point, as <see cref="CompositionTables.QuickCheck"/>.</summary>
    public static readonly byte[] QuickCheck = [.. CompositionTables.QuickCheck];

    /// <summary>NFKD quick check of each code point, as <see cref="CompositionTables.DecompositionCheck"/>.</summary>
    public static readonly byte[] DecompositionCheck = [.. CompositionTables.DecompositionCheck];

    /// <summary>The full decompositions that are not canonical.</summary>
    private static readonly Dictionary<int, int[]> Decompositions = [];

    static CompatibilityTables()
    {
        Dictionary<int, int[]> first = [];
        ReadOnlySpan<int> table = NormalizationTables.CompatibilityDecompositions;
        for (int i = 0; i < table.Length; i += 2 + table[i + 1])
            first.Add(table[i], table.Slice(i + 2, table[i + 1]).ToArray());
        // Canonical decompositions come to such code points too: U+1E9B to U+017F, which is an s here.
        for (int point = 0; point < DecompositionCheck.Length; point++)
        {
            bool decomposes = DecompositionCheck[point] != 0 || first.ContainsKey(point);
            List<int> full = [];
            if (!decomposes || !Expand(point, first, full))
                continue;
            Decompositions.Add(point, [.. full]);
            QuickCheck[point] = DecompositionCheck[point] = CompositionTables.Never;
        }
    }

    /// <summary>Adds the full compatibility decomposition of a code point to a list.</summary>
    public static void Decompose(int codePoint, List<int> into)
    {
        if (Decompositions.TryGetValue(codePoint, out int[]? full))
            into.AddRange(full);
        else
            CompositionTables.Decompose(codePoint, into);
    }

    /// <summary>Adds what a code point comes to; gives whether that takes more than its canonical decomposition.</summary>
    private static bool Expand(int codePoint, Dictionary<int, int[]> first, List<int> into)
    {
        if (first.TryGetValue(codePoint, out int[]? parts))
        {
            foreach (int part in parts)
                Expand(part, first, into);
            return true;
        }
        List<int> canonical = [];
        CompositionTables.Decompose(codePoint, canonical);
        bool more = false;
        foreach (int point in canonical)
        {
            if (first.ContainsKey(point))
                more |= Expand(point, first, into);
            else
                into.Add(point);
        }
        return more;
    }
}
