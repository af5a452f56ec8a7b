using Castalia.Text.Unicode;

namespace Castalia.Text.Regexes;

/// <summary>
/// Case-insensitive equality as of Unicode 16.0. Code points are equal when they fold to the same one (ſ and s, the Kelvin sign and k);
/// literal text also matches where it folds to the same two or three code points (ß and ss, ﬁ and fi).
/// </summary>
internal static class CaseFolds
{
    private static readonly Dictionary<int, int> Simple = ReadSimple();

    private static readonly Dictionary<int, int[]> Full = ReadFull();

    // The code points that fold to one, itself among them.
    private static readonly Dictionary<int, CodePointSet> Classes =
        Simple.GroupBy(fold => fold.Value).ToDictionary(g => g.Key, g => CodePointSet.Of([g.Key, .. g.Select(fold => fold.Key)]));

    private static readonly Dictionary<(int, int, int), CodePointSet> Reversed =
        Full.GroupBy(fold => Key(fold.Value)).ToDictionary(g => g.Key, g => CodePointSet.Of([.. g.Select(fold => fold.Key)]));

    /// <summary>Everything that a code point is equal to, itself among it.</summary>
    public static CodePointSet Equivalents(int codePoint)
    {
        int folded = Simple.GetValueOrDefault(codePoint, codePoint);
        return Classes.TryGetValue(folded, out CodePointSet? equivalents) ? equivalents : CodePointSet.Of(folded);
    }

    /// <summary>Everything that a member of a set is equal to.</summary>
    public static CodePointSet Closure(CodePointSet set) => CodePointSet.Union([set, .. Classes.Values.Where(set.Overlaps)]);

    /// <summary>What a text folds to, one to many.</summary>
    public static int[] Fold(ReadOnlySpan<int> text)
    {
        List<int> folded = new(text.Length);
        foreach (int c in text)
            folded.AddRange(Full.TryGetValue(c, out int[]? several) ? several : [Simple.GetValueOrDefault(c, c)]);
        return [.. folded];
    }

    /// <summary>The code points that fold to just these two or three.</summary>
    public static CodePointSet FoldingTo(ReadOnlySpan<int> folded) => Reversed.GetValueOrDefault(Key(folded), CodePointSet.Empty);

    /// <summary>The two or three code points that members of a set fold to.</summary>
    public static IEnumerable<int[]> LongFoldsOf(CodePointSet set) =>
        Reversed.Where(fold => set.Overlaps(fold.Value)).Select(fold => Full[fold.Value.Ends[0]]);

    private static (int, int, int) Key(ReadOnlySpan<int> folded) => (folded[0], folded[1], folded.Length > 2 ? folded[2] : 0);

    private static Dictionary<int, int> ReadSimple()
    {
        Dictionary<int, int> simple = [];
        ReadOnlySpan<int> table = CaseFoldTables.Simple;
        for (int i = 0; i < table.Length; i += 2)
            simple.Add(table[i], table[i + 1]);
        return simple;
    }

    private static Dictionary<int, int[]> ReadFull()
    {
        Dictionary<int, int[]> full = [];
        ReadOnlySpan<int> table = CaseFoldTables.Full;
        for (int i = 0; i < table.Length; i += 4)
            full.Add(table[i], table.Slice(i + 1, table[i + 3] == 0 ? 2 : 3).ToArray());
        return full;
    }
}
