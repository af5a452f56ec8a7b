using Castalia.Text.Normalization;

namespace Castalia.Text.PreTokenization;

/// <summary>A stretch of normalized text, or an added token that stands in it.</summary>
/// <param name="Start">Where it begins in the text, in bytes.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Token">The added token that it is; null for text that the model still has to encode.</param>
internal readonly record struct Piece(int Start, int End, AddedToken? Token);

/// <summary>
/// A normalized text and the pieces that it is cut into so far (HF's PreTokenizedString). Pre-tokenizers cut the pieces that are not added
/// tokens further, and may rewrite them. Empty pieces do not stay.
/// </summary>
internal sealed class PreTokenizedText
{
    private List<Piece> _pieces = [], _next = [];

    /// <summary>The text; the pieces' places are places in it.</summary>
    public NormalizedText Text { get; } = new();

    /// <summary>The pieces in order. Gaps between them are text that no token stands for.</summary>
    public IReadOnlyList<Piece> Pieces => _pieces;

    /// <summary>Empties it.</summary>
    public void Clear(bool tracked)
    {
        Text.Clear(tracked);
        _pieces.Clear();
    }

    /// <summary>Adds a piece at the end; an empty one is left out.</summary>
    public void Add(Piece piece)
    {
        if (piece.End > piece.Start)
            _pieces.Add(piece);
    }

    /// <summary>Cuts each piece of text in pieces; the text itself stays.</summary>
    public void Cut(PieceCutter cutter)
    {
        _next.Clear();
        ReadOnlySpan<byte> text = Text.Bytes;
        foreach (Piece piece in _pieces)
        {
            if (piece.Token is null)
                cutter.Cut(text[piece.Start..piece.End], new PieceSink(_next, piece.Start));
            else
                _next.Add(piece);
        }
        (_pieces, _next) = (_next, _pieces);
    }

    /// <summary>
    /// Rewrites the pieces of text. <paramref name="rewrite"/> is called for each, with the rewriting standing at its start, and passes all
    /// its bytes; it returns nothing: the piece then is what was written meanwhile. Added tokens and gaps are kept.
    /// </summary>
    public void Rewrite(Action<NormalizedText, Piece> rewrite)
    {
        _next.Clear();
        Text.BeginRewrite();
        foreach (Piece piece in _pieces)
        {
            Text.Keep(piece.Start - Text.Position);
            int start = Text.OutputLength;
            if (piece.Token is null)
                rewrite(Text, piece);
            Text.Keep(piece.End - Text.Position);
            if (Text.OutputLength > start)
                _next.Add(new Piece(start, Text.OutputLength, piece.Token));
        }
        Text.EndRewrite();
        (_pieces, _next) = (_next, _pieces);
    }
}

/// <summary>Where a cutter puts the pieces that it cuts from one.</summary>
internal readonly struct PieceSink(List<Piece> pieces, int offset)
{
    /// <summary>Adds a piece, its places counted from the start of the text that is cut; an empty one is left out.</summary>
    public void Add(int start, int end)
    {
        if (end > start)
            pieces.Add(new Piece(offset + start, offset + end, null));
    }
}
