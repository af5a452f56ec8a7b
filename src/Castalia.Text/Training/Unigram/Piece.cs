namespace Castalia.Text.Training.Unigram;

/// <summary>A candidate for a token: a stretch of the text of <see cref="Sentences"/>, and the logarithm of its probability.</summary>
internal readonly record struct Piece(int Start, int Length, double Score)
{
    /// <summary>
    /// The piece that stands for characters without one of their own while training; it comes first, matches no text and has no score of its
    /// own.
    /// </summary>
    public static readonly Piece Unknown = new(0, 0, double.NaN);
}
