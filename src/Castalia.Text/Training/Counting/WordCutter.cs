using Castalia.Text.Normalization;
using Castalia.Text.PreTokenization;
using Castalia.Text.Unicode;

namespace Castalia.Text.Training;

/// <summary>Cuts texts into the words that training counts: for one thread at a time.</summary>
internal sealed class WordCutter
{
    private readonly Normalizer? _normalizer;
    private readonly PreTokenizer[] _parts;
    private readonly ByteLevelPreTokenizer? _byteLevel;
    private readonly WordScanner? _scanner;
    private readonly bool _tracked;
    private readonly ByteBuffer _text = new();
    private readonly PreTokenizedText _pieces = new();

    public WordCutter(TrainingParts parts)
    {
        _normalizer = parts.Normalizer;
        (_parts, _byteLevel) = PreTokenizerSequence.BeforeByteLevel(parts.PreTokenizer);
        _tracked = _parts.Any(part => part.NeedsOrigins);
        _scanner = (_parts, _byteLevel) switch
        {
            ([], { AddPrefixSpace: false, UseRegex: true }) => new Gpt2Scanner(),
            ([{ Scanner: { } scanner }], { AddPrefixSpace: false, UseRegex: false }) => scanner,
            _ => null,
        };
    }

    /// <summary>Hands over each word of a text in order; good until the next.</summary>
    public void Cut(string text, Action<ReadOnlySpan<byte>> word)
    {
        _text.Clear();
        _text.Add(text);
        _pieces.Clear(_tracked);
        ReadOnlySpan<byte> bytes = _text.Bytes;
        if (_scanner is null || (_normalizer is not null && !_normalizer.LeavesAsIs(bytes)))
        {
            _pieces.Text.Append(bytes, 0);
            _normalizer?.Normalize(_pieces.Text);
            bytes = _pieces.Text.Bytes;
        }
        if (_scanner is not null)
        {
            for (int start = 0; start < bytes.Length;)
            {
                int end = _scanner.NextEnd(bytes, start);
                word(bytes[start..end]);
                start = end;
            }
            return;
        }
        _pieces.Add(new Piece(0, bytes.Length, null));
        foreach (PreTokenizer part in _parts)
            part.PreTokenize(_pieces);
        _byteLevel?.PreTokenizeBytes(_pieces);
        foreach (Piece piece in _pieces.Pieces)
            word(_pieces.Text.Bytes[piece.Start..piece.End]);
    }
}
