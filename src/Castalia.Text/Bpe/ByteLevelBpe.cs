using Castalia.Text.Models;

namespace Castalia.Text.Bpe;

/// <summary>
/// Byte-pair encoding over bytes (Sennrich et al. 2016; byte-level as in GPT-2): a word's bytes become symbols, and the pair of
/// neighbours with the lowest rank merges, leftmost first, until none can.
/// </summary>
/// <param name="SymbolOf">The token of each of the 256 bytes.</param>
/// <param name="Merges">The merges.</param>
/// <param name="WholeWords">Where set (<c>ignore_merges</c>), a word that is a token is that token, whatever the merges say.</param>
/// <param name="LengthOf">The bytes that each token stands for; 0 for ids that no word gives.</param>
internal sealed record ByteLevelBpe(int[] SymbolOf, MergeTable Merges, WordTable? WholeWords, int[] LengthOf)
{
    private const int LongestByScan = 96;

    /// <summary>A new encoder with working space of its own.</summary>
    public PieceEncoder CreateEncoder() => new Encoder(this);

    /// <summary>Adds the tokens of one word.</summary>
    public void Encode(ReadOnlySpan<byte> word, MergeScratch scratch, IdBuffer output)
    {
        if (WholeWords is not null && WholeWords.TryGet(word, out int whole))
        {
            output.Add(whole);
            return;
        }
        int count = word.Length;
        Span<int> symbols = scratch.Symbols(count);
        for (int i = 0; i < count; i++)
            symbols[i] = SymbolOf[word[i]];
        if (count > LongestByScan || !Merges.HasDistinctResults)
            count = scratch.MergeByQueue(Merges, count);
        else if (count > 1)
            count = MergeByScan(symbols, scratch.Ranks(count));
        output.Add(symbols[..count]);
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

    private sealed class Encoder(ByteLevelBpe model) : PieceEncoder
    {
        private readonly MergeScratch _scratch = new();
        private readonly IdBuffer _ids = new();

        public override void Encode(ReadOnlySpan<byte> piece, IdBuffer tokens)
        {
            if (!tokens.Tracked)
            {
                model.Encode(piece, _scratch, tokens);
                return;
            }
            _ids.Clear();
            model.Encode(piece, _scratch, _ids);
            int end = 0;
            foreach (int id in _ids.Ids)
                tokens.Add(id, end, end += model.LengthOf[id]);
        }
    }
}
