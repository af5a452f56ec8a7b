namespace Castalia.Text.Training.Unigram;

/// <summary>
/// The substrings that occur twice or more and after which different symbols follow: the inner nodes of the suffix tree, found as intervals of
/// the suffix array whose neighbours share a prefix.
/// </summary>
internal static class RepeatedSubstrings
{
    /// <summary>Finds all of a text, in linear time.</summary>
    /// <param name="text">Symbols from 0 to less than <paramref name="symbols"/>.</param>
    /// <param name="symbols">How many symbols there are.</param>
    /// <param name="shortest">The fewest symbols of a substring.</param>
    /// <param name="longest">The most.</param>
    /// <param name="take">Is given where the substring occurs first in the suffix array, its length and how often it occurs.</param>
    public static void Find(ReadOnlySpan<int> text, int symbols, int shortest, int longest, Action<int, int, int> take)
    {
        int[] suffixes = SuffixArray.Of(text, symbols);
        int[] shared = SharedPrefixes(text, suffixes);
        Stack<(int Length, int First)> open = [];
        for (int i = 1; i <= suffixes.Length; i++)
        {
            int length = i < suffixes.Length ? shared[i] : 0, first = i - 1;
            while (open.Count > 0 && open.Peek().Length > length)
            {
                (int inside, first) = open.Pop();
                if (inside >= shortest && inside <= longest)
                    take(suffixes[first], inside, i - first);
            }
            if (length > 0 && (open.Count == 0 || open.Peek().Length < length))
                open.Push((length, first));
        }
    }

    /// <summary>How many symbols each suffix shares with the one before it in order (Kärkkäinen, Manzini, Puglisi 2009).</summary>
    private static int[] SharedPrefixes(ReadOnlySpan<int> text, int[] suffixes)
    {
        int[] before = new int[text.Length];
        for (int i = 0; i < suffixes.Length; i++)
            before[suffixes[i]] = i == 0 ? -1 : suffixes[i - 1];
        int length = 0;
        for (int at = 0; at < text.Length; at++)
        {
            int other = before[at];
            if (other < 0)
            {
                (before[at], length) = (0, 0);
                continue;
            }
            length += text[(at + length)..].CommonPrefixLength(text[(other + length)..]);
            before[at] = length;
            length = Math.Max(0, length - 1);
        }
        int[] shared = new int[text.Length];
        for (int i = 0; i < suffixes.Length; i++)
            shared[i] = before[suffixes[i]];
        return shared;
    }
}
