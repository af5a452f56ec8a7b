namespace Castalia.Text.Training.Unigram;

/// <summary>
/// Sorts all suffixes of a text in linear time, by induced sorting (Nong, Zhang, Chan 2009). A suffix is of type S if it is smaller than the
/// one behind it, else of type L; S suffixes behind an L suffix (LMS) are sorted first, by their names if these are all different, else by
/// the suffix array of the names; from their order that of all L suffixes follows from left to right, then that of all S suffixes from right to
/// left. The end of the text is smaller than every symbol.
/// </summary>
internal static class SuffixArray
{
    /// <summary>Where the suffixes begin, in order.</summary>
    /// <param name="text">Symbols from 0 to less than <paramref name="symbols"/>.</param>
    /// <param name="symbols">How many symbols there are.</param>
    public static int[] Of(ReadOnlySpan<int> text, int symbols)
    {
        int[] suffixes = new int[text.Length];
        Sort(text, symbols, suffixes);
        return suffixes;
    }

    private static void Sort(ReadOnlySpan<int> text, int symbols, int[] suffixes)
    {
        int length = text.Length;
        if (length < 2)
            return; // the one suffix begins at 0
        bool[] isSmaller = new bool[length];
        for (int i = length - 2; i >= 0; i--)
            isSmaller[i] = text[i] < text[i + 1] || (text[i] == text[i + 1] && isSmaller[i + 1]);
        int[] bucketEnds = new int[symbols];
        foreach (int symbol in text)
            bucketEnds[symbol]++;
        for (int symbol = 1; symbol < symbols; symbol++)
            bucketEnds[symbol] += bucketEnds[symbol - 1];

        List<int> lms = [];
        for (int i = 1; i < length; i++)
        {
            if (isSmaller[i] && !isSmaller[i - 1])
                lms.Add(i);
        }
        Induce(text, isSmaller, bucketEnds, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(lms), suffixes);
        if (lms.Count < 2)
            return;
        int[] ordered = SortLms(text, isSmaller, lms, suffixes);
        Induce(text, isSmaller, bucketEnds, ordered, suffixes);
    }

    /// <summary>The LMS suffixes in order, given the order of all suffixes by their stretches from LMS to LMS.</summary>
    private static int[] SortLms(ReadOnlySpan<int> text, bool[] isSmaller, List<int> lms, int[] suffixes)
    {
        int[] names = new int[text.Length];
        Array.Fill(names, -1);
        int previous = -1, name = -1;
        foreach (int suffix in suffixes)
        {
            if (!IsLms(isSmaller, suffix))
                continue;
            if (previous < 0 || !SameStretch(text, isSmaller, previous, suffix))
                name++;
            names[suffix] = name;
            previous = suffix;
        }
        int[] reduced = new int[lms.Count], order = new int[lms.Count];
        for (int i = 0; i < reduced.Length; i++)
            reduced[i] = names[lms[i]];
        if (name + 1 == reduced.Length)
        {
            for (int i = 0; i < reduced.Length; i++)
                order[reduced[i]] = i;
        }
        else
        {
            Sort(reduced, name + 1, order);
        }
        for (int i = 0; i < order.Length; i++)
            order[i] = lms[order[i]];
        return order;
    }

    /// <summary>Whether the stretches up to the next LMS suffix, that one's first symbol included, are the same.</summary>
    private static bool SameStretch(ReadOnlySpan<int> text, bool[] isSmaller, int one, int other)
    {
        for (int i = 0; ; i++)
        {
            if (one + i == text.Length || other + i == text.Length || text[one + i] != text[other + i])
                return false;
            if (i > 0 && (IsLms(isSmaller, one + i) || IsLms(isSmaller, other + i)))
                return IsLms(isSmaller, one + i) && IsLms(isSmaller, other + i);
        }
    }

    private static bool IsLms(bool[] isSmaller, int at) => at > 0 && isSmaller[at] && !isSmaller[at - 1];

    /// <summary>The order of all suffixes that follows from that of the LMS suffixes.</summary>
    private static void Induce(ReadOnlySpan<int> text, bool[] isSmaller, int[] bucketEnds, ReadOnlySpan<int> lms, int[] suffixes)
    {
        Array.Fill(suffixes, -1);
        int[] next = [.. bucketEnds];
        for (int i = lms.Length - 1; i >= 0; i--)
            suffixes[--next[text[lms[i]]]] = lms[i];

        for (int symbol = 0; symbol < next.Length; symbol++)
            next[symbol] = symbol == 0 ? 0 : bucketEnds[symbol - 1];
        // The end of the text is the smallest suffix of all; the one before it is of type L.
        suffixes[next[text[^1]]++] = text.Length - 1;
        for (int i = 0; i < suffixes.Length; i++)
        {
            int before = suffixes[i] - 1;
            if (before >= 0 && !isSmaller[before])
                suffixes[next[text[before]]++] = before;
        }

        bucketEnds.CopyTo(next, 0);
        for (int i = suffixes.Length - 1; i >= 0; i--)
        {
            int before = suffixes[i] - 1;
            if (before >= 0 && isSmaller[before])
                suffixes[--next[text[before]]] = before;
        }
    }
}
