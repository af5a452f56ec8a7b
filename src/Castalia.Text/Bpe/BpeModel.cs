namespace Castalia.Text.Bpe;

/// <summary>
/// Byte-pair encoding over bytes (Sennrich et al. 2016; byte-level as in GPT-2): a word's bytes become symbols, and the pair of
/// neighbours with the lowest rank merges, leftmost first, until none can.
/// </summary>
/// <param name="SymbolOf">The token of each of the 256 bytes; -1 where the vocabulary has none.</param>
/// <param name="Merges">The merges.</param>
/// <param name="Unknown">The token for bytes without one, or -1: they vanish, as in HF.</param>
/// <param name="FuseUnknown">Whether neighbouring unknown bytes share one token.</param>
/// <param name="WholeWords">Where set (<c>ignore_merges</c>), a word that is a token is that token, whatever the merges say.</param>
internal sealed record BpeModel(int[] SymbolOf, MergeTable Merges, int Unknown, bool FuseUnknown, WordTable? WholeWords)
{
    private const int LongestByScan = 96;

    /// <summary>Adds the tokens of one word.</summary>
    public void Encode(ReadOnlySpan<byte> word, MergeScratch scratch, IdBuffer output)
    {
        if (WholeWords is not null && WholeWords.TryGet(word, out int whole))
        {
            output.Add(whole);
            return;
        }
        Span<int> symbols = scratch.Symbols(word.Length);
        int count = Symbols(word, symbols);
        symbols = symbols[..count];
        if (count > LongestByScan || !Merges.HasDistinctResults)
            count = scratch.MergeByQueue(Merges, count);
        else if (count > 1)
            count = MergeByScan(symbols, scratch.Ranks(count));
        output.Add(symbols[..count]);
    }

    private int Symbols(ReadOnlySpan<byte> word, Span<int> symbols)
    {
        int count = 0;
        bool afterUnknown = false;
        foreach (byte value in word)
        {
            int symbol = SymbolOf[value];
            if (symbol >= 0)
                symbols[count++] = symbol;
            else if (Unknown >= 0 && !(afterUnknown && FuseUnknown))
                symbols[count++] = Unknown;
            afterUnknown = symbol < 0;
        }
        return count;
    }

    /// <summary>Merges by looking for the lowest rank anew each time: best for short words. Right only where results are distinct.</summary>
    private int MergeByScan(Span<int> symbols, Span<int> ranks)
    {
        int count = symbols.Length;
        for (int i = 0; i + 1 < count; i++)
            ranks[i] = Merges.RankOf(symbols[i], symbols[i + 1]);
        while (count > 1)
        {
            int best = 0, rank = ranks[0];
            for (int i = 1; i < count - 1; i++)
            {
                if (ranks[i] < rank)
                    (best, rank) = (i, ranks[i]);
            }
            if (rank == MergeTable.None)
                break;
            symbols[best] = Merges.ResultOf(rank);
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            if (best + 2 < count)
            {
                ranks[(best + 2)..(count - 1)].CopyTo(ranks[(best + 1)..]);
                ranks[best] = Merges.RankOf(symbols[best], symbols[best + 1]);
            }
            count--;
            if (best > 0)
                ranks[best - 1] = Merges.RankOf(symbols[best - 1], symbols[best]);
        }
        return count;
    }
}
