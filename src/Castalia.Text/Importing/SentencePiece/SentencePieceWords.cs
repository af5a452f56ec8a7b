using System.Text.Json;
using Castalia.Text.PreTokenization;

namespace Castalia.Text.Importing;

/// <summary>
/// Cuts a text where no piece of a BPE model can reach across: before the spaces in front of each word, or after those behind it. The ids stay
/// those of the whole text, and words that come again are found in the cache.
/// </summary>
internal sealed class SentencePieceWords : PieceCutter
{
    private const char Space = '\u2581';

    private readonly bool _spacesInFront;

    private SentencePieceWords(bool spacesInFront) => _spacesInFront = spacesInFront;

    public override bool IsLocal => true;

    /// <summary>The cutter for a model; null where its pieces may reach across any place.</summary>
    public static SentencePieceWords? For(SentencePieceModel model)
    {
        // A space that is itself unknown could share its token with the word before; and what an unused piece is taken apart into depends on the whole text.
        bool space = model.Pieces.Any(piece => piece.IsText && piece.Text is [Space]);
        if (model.Algorithm != SentencePieceAlgorithm.Bpe || !space || model.Pieces.Any(piece => piece.Kind == SentencePieceKind.Unused))
            return null;
        bool None(Func<char, char, bool> pair) => !model.Pieces.Any(piece => piece.IsText && piece.Text.Zip(piece.Text.Skip(1)).Any(two => pair(two.First, two.Second)));
        if (None((first, second) => first != Space && second == Space))
            return new SentencePieceWords(spacesInFront: true);
        return None((first, second) => first == Space && second != Space) ? new SentencePieceWords(spacesInFront: false) : null;
    }

    public override void Cut(ReadOnlySpan<byte> piece, PieceSink pieces)
    {
        ReadOnlySpan<byte> space = "\u2581"u8;
        int start = 0;
        for (int at = 0; at < piece.Length;)
        {
            int from = piece[at..].IndexOf(space);
            if (from < 0)
                break;
            int to = from += at;
            while (piece[to..].StartsWith(space))
                to += space.Length;
            int cut = _spacesInFront ? from : to;
            pieces.Add(start, cut);
            (start, at) = (cut, to);
        }
        pieces.Add(start, piece.Length);
    }

    public override void Write(Utf8JsonWriter json) => throw SentencePieceTokenizer.NotSaved("its BPE, which joins by scores,");
}
