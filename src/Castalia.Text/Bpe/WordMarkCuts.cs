using System.Text;
using Castalia.Text.PreTokenization;
using Castalia.Text.Unicode;

namespace Castalia.Text.Bpe;

/// <summary>
/// Cuts a piece before marks of words (U+2581 in SentencePiece's vocabularies, else the space) where BPE never merges across: the parts,
/// encoded one by one, give the ids of the whole, and most are words that were seen before.
/// </summary>
/// <remarks>
/// A cut is made before a mark m that follows a character p where no merge makes a token that has p and m side by side. That is exact. Say
/// the first merge across the cut joins the symbols A and B. B's text begins with m; m is a token, so that B grew from m's own symbol, and
/// its name begins with m. A's name ends with what its last symbol was spelled as: p; or the last character of the unknown token's name; or
/// "&gt;", for bytes. (Where unknown characters vanish, p has to be known.) The merge makes a token with that character and m side by side. For p the rule forbids it; where it happens for one of the
/// other two, no cuts are made at all. Merges on one side are chosen by rank and place, and ask only about neighbours, so that without
/// merges across each side goes as it would alone. Before a known symbol, as m's is, pending unknown characters are written out, as they
/// are at the end of a piece. Marks on the characters inside words, and whole pieces that are tokens by <c>ignore_merges</c>, would depend on the cut:
/// such models are not cut.
/// </remarks>
internal sealed class WordMarkCuts : WordScanner
{
    private readonly byte[] _mark;
    private readonly HashSet<int> _joined;
    private readonly CharacterSymbols? _known;

    private WordMarkCuts(Rune mark, HashSet<int> joined, CharacterSymbols? known) =>
        (_mark, _joined, _known) = (Encoding.UTF8.GetBytes(mark.ToString()), joined, known);

    /// <summary>The cuts of a model; null where there are none.</summary>
    /// <param name="ids">The id of each token.</param>
    /// <param name="merged">The tokens that merges make.</param>
    /// <param name="characters">The tokens of single characters.</param>
    /// <param name="flags">What else the file says.</param>
    public static WordMarkCuts? Of(Dictionary<string, int> ids, IEnumerable<string> merged, CharacterSymbols characters, BpeFlags flags)
    {
        if (flags.IgnoreMerges || flags.MarksPlaces)
            return null;
        Rune mark = new(ids.ContainsKey("\u2581") ? '\u2581' : ' ');
        if (!ids.ContainsKey(mark.ToString()))
            return null;
        HashSet<int> joined = [];
        foreach (string token in merged)
        {
            Rune? before = null;
            foreach (Rune rune in token.EnumerateRunes())
            {
                if (rune == mark && before is Rune left)
                    joined.Add(left.Value);
                before = rune;
            }
        }
        bool unknownJoins = flags.UnknownToken is string unknown && (unknown.Length == 0 || joined.Contains(unknown.EnumerateRunes().Last().Value));
        return unknownJoins || (flags.ByteFallback && joined.Contains('>'))
            ? null
            : new WordMarkCuts(mark, joined, flags.UnknownToken is null ? characters : null);
    }

    public override int NextEnd(ReadOnlySpan<byte> text, int start)
    {
        for (int at = start + 1; at < text.Length; at++)
        {
            int skip = text[at..].IndexOf(_mark);
            if (skip < 0)
                return text.Length;
            at += skip;
            int before = CodePoint.Before(text, at, out _);
            if (!_joined.Contains(before) && (_known is null || _known.Of(before) >= 0))
                return at;
        }
        return text.Length;
    }
}
