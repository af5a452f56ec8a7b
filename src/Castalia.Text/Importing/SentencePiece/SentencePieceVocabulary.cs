using System.Text;
using Castalia.Text.Bpe;
using Castalia.Text.Unicode;

namespace Castalia.Text.Importing;

/// <summary>The pieces of a SentencePiece model as both of its algorithms need them.</summary>
internal sealed class SentencePieceVocabulary
{
    private readonly int[] _bytes = new int[256];

    public SentencePieceVocabulary(SentencePieceModel model)
    {
        Model = model;
        UnknownId = model.UnknownId;
        Ids = model.Pieces.Index().ToDictionary(piece => piece.Item.Text, piece => piece.Index);
        foreach ((int id, SentencePiece piece) in model.Pieces.Index().Where(piece => piece.Item.Kind == SentencePieceKind.Byte))
            _bytes[piece.Byte] = id;
    }

    /// <summary>What the model says.</summary>
    public SentencePieceModel Model { get; }

    /// <summary>The id of each piece.</summary>
    public IReadOnlyDictionary<string, int> Ids { get; }

    /// <summary>The id of the unknown piece.</summary>
    public int UnknownId { get; }

    /// <summary>The bytes and the id of each piece that text can become.</summary>
    public IEnumerable<(byte[] Bytes, int Id)> Texts => Model.Pieces.Index().Where(piece => piece.Item.IsText).Select(piece => (Encoding.UTF8.GetBytes(piece.Item.Text), piece.Index));

    /// <summary>What a piece is.</summary>
    public SentencePieceKind KindOf(int id) => Model.Pieces[id].Kind;

    /// <summary>Adds characters that there is no piece for: the pieces of their bytes, or the unknown piece.</summary>
    /// <param name="text">The piece of text that is encoded.</param>
    /// <param name="start">Where the characters begin.</param>
    /// <param name="end">Where they end.</param>
    /// <param name="tokens">Takes the tokens.</param>
    public void AddUnknown(ReadOnlySpan<byte> text, int start, int end, IdBuffer tokens)
    {
        if (!Model.ByteFallback)
        {
            tokens.Add(UnknownId, start, end, shownAsText: true);
            return;
        }
        // The last byte of each character stands for all of it, those before for nothing.
        for (int length; start < end; start += length)
        {
            CodePoint.At(text, start, out length);
            for (int i = 0; i < length; i++)
                tokens.Add(_bytes[text[start + i]], start, i == length - 1 ? start + length : start);
        }
    }
}
