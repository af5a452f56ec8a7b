using System.Text;
using Castalia.Text.Models;
using Castalia.Text.Unicode;

namespace Castalia.Text.Bpe;

/// <summary>
/// Encodes pieces by BPE over characters: each character, with the marks of its place in the word, becomes a symbol, or the tokens of its
/// bytes, or the unknown token; then the pairs of lowest rank merge.
/// </summary>
internal sealed class CharacterBpe : PieceEncoder
{
    private const int SmallPoints = 0x500;

    private readonly BpeModel _model;
    private readonly MergeScratch _scratch = new();
    private readonly Dictionary<int, int> _symbols = [];
    private readonly int[] _small = new int[SmallPoints];
    private readonly int[] _bytes = new int[256];
    private readonly bool _marked;
    private readonly int _unknown;
    private int[] _lengths = new int[256];
    private int _pendingUnknown, _count;

    public CharacterBpe(BpeModel model)
    {
        _model = model;
        _unknown = model.UnknownId;
        _marked = model.Flags.ContinuingSubwordPrefix is { Length: > 0 } || model.Flags.EndOfWordSuffix is { Length: > 0 };
        for (int value = 0; value < 256; value++)
            _bytes[value] = model.IdOf($"<0x{value:X2}>");
        Array.Fill(_small, -1);
        foreach ((string token, int id) in model.Vocabulary)
        {
            if (Rune.DecodeFromUtf16(token, out Rune rune, out int used) != System.Buffers.OperationStatus.Done || used != token.Length)
                continue;
            if (rune.Value < SmallPoints)
                _small[rune.Value] = id;
            else
                _symbols[rune.Value] = id;
        }
    }

    public override void Encode(ReadOnlySpan<byte> piece, IdBuffer tokens)
    {
        if (_model.Flags.IgnoreMerges && _model.IdOf(Encoding.UTF8.GetString(piece)) is int whole and >= 0)
        {
            tokens.Add(whole, piece.Length);
            return;
        }
        // Each character gives one symbol, or with byte fallback one a byte, marks included.
        int most = piece.Length + Encoding.UTF8.GetByteCount(_model.Flags.ContinuingSubwordPrefix ?? "") * piece.Length
            + Encoding.UTF8.GetByteCount(_model.Flags.EndOfWordSuffix ?? "");
        Span<int> symbols = _scratch.Symbols(_model.Flags.ByteFallback ? most : piece.Length);
        if (_lengths.Length < symbols.Length)
            _lengths = new int[symbols.Length];
        Spell(piece, symbols);
        int count = _scratch.MergeByQueue(_model.Table, _count, tokens.Tracked ? _lengths : null);
        if (!tokens.Tracked)
        {
            tokens.Add(symbols[..count]);
            return;
        }
        int end = 0;
        for (int i = 0; i < count; i++)
            tokens.Add(symbols[i], end += _lengths[i]);
    }

    /// <summary>Writes a piece as symbols.</summary>
    private void Spell(ReadOnlySpan<byte> piece, Span<int> symbols)
    {
        _count = _pendingUnknown = 0;
        for (int at = 0; at < piece.Length;)
        {
            int point = CodePoint.At(piece, at, out int length);
            ReadOnlySpan<byte> character = piece.Slice(at, length);
            int symbol = _marked ? MarkedSymbol(character, first: at == 0, last: at + length == piece.Length) : SymbolOf(point);
            if (symbol >= 0)
            {
                FlushUnknown(symbols);
                Put(symbols, symbol, length);
            }
            else if (!_model.Flags.ByteFallback || !FallBack(character, at == 0, at + length == piece.Length, symbols))
            {
                // HF adds the unknown token only when the next known symbol comes: after bytes that were fallen back to in between.
                if (!_model.Flags.FuseUnknown)
                    FlushUnknown(symbols);
                _pendingUnknown += length;
            }
            at += length;
        }
        FlushUnknown(symbols);
    }

    private int SymbolOf(int point) => point < SmallPoints ? _small[point] : _symbols.GetValueOrDefault(point, -1);

    private int MarkedSymbol(ReadOnlySpan<byte> character, bool first, bool last) => _model.IdOf(Mark(Encoding.UTF8.GetString(character), first, last));

    private string Mark(string character, bool first, bool last) =>
        (first ? "" : _model.Flags.ContinuingSubwordPrefix) + character + (last ? _model.Flags.EndOfWordSuffix : "");

    private bool FallBack(ReadOnlySpan<byte> character, bool first, bool last, Span<int> symbols)
    {
        if (_marked)
            character = Encoding.UTF8.GetBytes(Mark(Encoding.UTF8.GetString(character), first, last));
        foreach (byte value in character)
        {
            if (_bytes[value] < 0)
                return false;
        }
        foreach (byte value in character)
            Put(symbols, _bytes[value], 1);
        return true;
    }

    private void FlushUnknown(Span<int> symbols)
    {
        if (_pendingUnknown > 0 && _unknown >= 0)
            Put(symbols, _unknown, _pendingUnknown);
        _pendingUnknown = 0;
    }

    private void Put(Span<int> symbols, int symbol, int length)
    {
        symbols[_count] = symbol;
        _lengths[_count++] = length;
    }
}
