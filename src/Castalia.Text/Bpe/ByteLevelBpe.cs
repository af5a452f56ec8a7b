using System.Runtime.CompilerServices;
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
    private readonly int[] _rankOfBytes = RanksOfBytes(SymbolOf, Merges);
    private readonly bool _mergesShort = Merges.HasDistinctResults && Merges.Count < ShortMerge.MostMerges;

    /// <summary>A new encoder with working space of its own.</summary>
    public PieceEncoder CreateEncoder() => new Encoder(this);

    /// <summary>The rank at which the tokens of two bytes merge, or <see cref="MergeTable.None"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int RankOfBytes(byte left, byte right) => _rankOfBytes[(left << 8) | right];

    private static int[] RanksOfBytes(int[] symbols, MergeTable merges)
    {
        int[] ranks = new int[1 << 16];
        for (int pair = 0; pair < ranks.Length; pair++)
            ranks[pair] = merges.RankOf(symbols[pair >> 8], symbols[pair & 0xFF]);
        return ranks;
    }

    private sealed class Encoder(ByteLevelBpe model) : PieceEncoder
    {
        private readonly ShortMerge _short = new();
        private readonly MergeScratch _scratch = new();
        private readonly IdBuffer _ids = new();

        public override void Encode(ReadOnlySpan<byte> piece, IdBuffer tokens)
        {
            if (!tokens.Tracked)
            {
                EncodeIds(piece, tokens);
                return;
            }
            _ids.Clear();
            EncodeIds(piece, _ids);
            int end = 0;
            foreach (int id in _ids.Ids)
                tokens.Add(id, end, end += model.LengthOf[id]);
        }

        private void EncodeIds(ReadOnlySpan<byte> word, IdBuffer output)
        {
            if (word.Length == 1)
                output.Add(model.SymbolOf[word[0]]);
            else if (model.WholeWords is not null && model.WholeWords.TryGet(word, out int whole))
                output.Add(whole);
            else if (word.Length <= ShortMerge.Longest && model._mergesShort)
                _short.Encode(word, model, output);
            else
                EncodeLong(word, output);
        }

        private void EncodeLong(ReadOnlySpan<byte> word, IdBuffer output)
        {
            Span<int> symbols = _scratch.Symbols(word.Length);
            for (int i = 0; i < symbols.Length; i++)
                symbols[i] = model.SymbolOf[word[i]];
            int count = _scratch.MergeByQueue(model.Merges, symbols.Length);
            output.Add(symbols[..count]);
        }
    }
}
