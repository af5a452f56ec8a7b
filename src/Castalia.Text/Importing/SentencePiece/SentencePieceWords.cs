using Castalia.Text.PreTokenization;

namespace Castalia.Text.Importing;

/// <summary>
/// Cuts a text where no piece of a BPE model can reach across: before the spaces in front of each word, or after those behind it. The ids stay
/// those of the whole text, and words that come again are found in the cache.
/// </summary>
internal sealed class SentencePieceWords : WordScanner
{
    private const char Space = '\u2581';

    private readonly bool _spacesInFront;

    private SentencePieceWords(bool spacesInFront) => _spacesInFront = spacesInFront;

    /// <summary>The cutter for a model; null where its pieces may reach across any place.</summary>
    public static SentencePieceWords? For(SentencePieceModel model)
    {
        // A space that is itself unknown could share its token with the word before; and what an unused piece is taken apart into
        // depends on the whole text.
        bool space = model.Pieces.Any(piece => piece.IsText && piece.Text is [Space]);
        if (!space || model.Pieces.Any(piece => piece.Kind == SentencePieceKind.Unused))
            return null;
        bool None(Func<char, char, bool> pair) =>
            !model.Pieces.Any(piece => piece.IsText && piece.Text.Zip(piece.Text.Skip(1)).Any(two => pair(two.First, two.Second)));
        if (None((first, second) => first != Space && second == Space))
            return new SentencePieceWords(spacesInFront: true);
        return None((first, second) => first == Space && second != Space) ? new SentencePieceWords(spacesInFront: false) : null;
    }

    public override int NextEnd(ReadOnlySpan<byte> text, int start)
    {
        int from = _spacesInFront ? SpacesEnd(text, start) : start;
        int next = text[from..].IndexOf("\u2581"u8);
        if (next < 0)
            return text.Length;
        return _spacesInFront ? from + next : SpacesEnd(text, from + next);
    }

    private static int SpacesEnd(ReadOnlySpan<byte> text, int at)
    {
        ReadOnlySpan<byte> space = "\u2581"u8;
        while (text[at..].StartsWith(space))
            at += space.Length;
        return at;
    }
}
