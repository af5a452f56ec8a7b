namespace Castalia.Text.Training.Unigram;

/// <summary>The pieces at some stage of training, the unknown one first, and how they are found in sentences.</summary>
internal sealed class PieceModel
{
    private readonly int _builtFor;

    /// <summary>Pieces that training begins with.</summary>
    public PieceModel(Sentences sentences, Piece[] pieces)
        : this(pieces, new PieceTrie(sentences, pieces), pieces.Length)
    {
    }

    private PieceModel(Piece[] pieces, PieceTrie trie, int builtFor)
    {
        (Pieces, Trie, _builtFor) = (pieces, trie, builtFor);
        LeastScore = double.PositiveInfinity;
        foreach (Piece piece in pieces)
        {
            if (piece.Score < LeastScore)
                LeastScore = piece.Score;
        }
    }

    public Piece[] Pieces { get; }

    public PieceTrie Trie { get; }

    /// <summary>The score of the least probable piece.</summary>
    public double LeastScore { get; }

    /// <summary>The model of some of the pieces, in a new order or with new scores.</summary>
    /// <param name="sentences">The sentences.</param>
    /// <param name="kept">The ids of those that stay; the first is 0.</param>
    /// <param name="scores">Their new scores; null if they keep theirs.</param>
    public PieceModel With(Sentences sentences, ReadOnlySpan<int> kept, IReadOnlyList<double>? scores = null)
    {
        Piece[] pieces = new Piece[kept.Length];
        for (int id = 0; id < pieces.Length; id++)
            pieces[id] = scores is null ? Pieces[kept[id]] : Pieces[kept[id]] with { Score = scores[id] };
        // A trie of which most has died is slow to search.
        return pieces.Length < _builtFor / 2 ? new PieceModel(sentences, pieces) : new PieceModel(pieces, new PieceTrie(Trie, kept), _builtFor);
    }
}
