namespace Castalia.Text.Training.Unigram;

/// <summary>
/// The pieces that training begins with: all characters by how often they occur, then repeated substrings by the length of text that they
/// cover in the different words; equal ones in falling order of characters. Their scores are as if those numbers were counts of tokens.
/// </summary>
internal static class SeedPieces
{
    /// <summary>The seeds, <see cref="Piece.Unknown"/> first.</summary>
    public static Piece[] Find(Sentences sentences, int maxPieceLength, int seedSize)
    {
        List<Piece> pieces = Characters(sentences);
        List<Piece> substrings = Substrings(sentences, maxPieceLength);
        pieces.AddRange(substrings.Take(substrings.Count == 0 ? 0 : Math.Max(1, seedSize - pieces.Count)));
        double sum = 0;
        foreach (Piece piece in pieces)
            sum += piece.Score;
        double total = Math.Log(sum);
        return [Piece.Unknown, .. pieces.Select(piece => piece with { Score = Math.Log(piece.Score) - total })];
    }

    private static List<Piece> Characters(Sentences sentences)
    {
        long[] counts = new long[sentences.CharacterOf.Length];
        int[] places = new int[counts.Length];
        for (int i = 0, at = 0; i < sentences.Count; i++, at++)
        {
            foreach (int symbol in sentences[i])
            {
                counts[symbol] += sentences.TimesOf(i);
                places[symbol] = at++;
            }
        }
        return [.. Enumerable.Range(1, counts.Length - 1)
            .OrderByDescending(symbol => counts[symbol]).ThenByDescending(symbol => symbol)
            .Select(symbol => new Piece(places[symbol], 1, counts[symbol]))];
    }

    private static List<Piece> Substrings(Sentences sentences, int maxPieceLength)
    {
        List<Piece> substrings = [];
        int[] text = sentences.Text;
        RepeatedSubstrings.Find(text, sentences.CharacterOf.Length, 2, maxPieceLength, (start, length, times) =>
        {
            if (!text.AsSpan(start, length).Contains(Sentences.Separator))
                substrings.Add(new Piece(start, length, (long)times * length));
        });
        substrings.Sort((x, y) => x.Score != y.Score
            ? y.Score.CompareTo(x.Score)
            : text.AsSpan(y.Start, y.Length).SequenceCompareTo(text.AsSpan(x.Start, x.Length)));
        return substrings;
    }
}
