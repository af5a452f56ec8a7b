using System.Text;
using Castalia.Text.Models;
using Castalia.Text.Unicode;

namespace Castalia.Text.Bpe;

/// <summary>
/// Encodes pieces by BPE over characters: each character, with the marks of its place in the word, becomes a symbol, or the tokens of its
/// bytes, or the unknown token; then the pairs of lowest rank merge.
/// </summary>
internal sealed class CharacterBpe(BpeModel model) : PieceEncoder
{
    private const int Kept = 1 << 16;

    private readonly CharacterSymbols _characters = model.Characters;
    private readonly WordTable? _words = model.Words;
    private readonly MergeScratch _scratch = new();
    private readonly ByteBuffer _marked = new();
    private readonly byte[] _prefix = Encoding.UTF8.GetBytes(model.Flags.ContinuingSubwordPrefix ?? "");
    private readonly byte[] _suffix = Encoding.UTF8.GetBytes(model.Flags.EndOfWordSuffix ?? "");
    private readonly bool _fallsBack = model.Flags.ByteFallback, _fuses = model.Flags.FuseUnknown;
    private readonly int _unknown = model.UnknownId;
    private int[] _lengths = new int[256];
    private int _count, _pendingUnknown;

    public override void Encode(ReadOnlySpan<byte> piece, IdBuffer tokens)
    {
        if (model.Flags.IgnoreMerges && _words!.TryGet(piece, out int whole))
        {
            tokens.Add(whole, 0, piece.Length);
            return;
        }
        Span<int> symbols = _scratch.Symbols(MostSymbols(piece));
        if (_lengths.Length < symbols.Length || _lengths.Length > Kept)
            _lengths = new int[Math.Max(256, symbols.Length)];
        Spell(piece, symbols);
        int count = _scratch.MergeByQueue(model.Table, _count, tokens.Tracked ? _lengths : null);
        if (!tokens.Tracked)
        {
            tokens.Add(symbols[..count]);
            return;
        }
        int end = 0;
        for (int i = 0; i < count; i++)
            tokens.Add(symbols[i], end, end += _lengths[i]);
    }

    /// <summary>Each character gives one symbol, or with byte fallback one a byte, marks included.</summary>
    private int MostSymbols(ReadOnlySpan<byte> piece)
    {
        long most = _fallsBack ? (piece.Length * (_prefix.Length + 1L)) + _suffix.Length : piece.Length;
        return most <= Array.MaxLength
            ? (int)most
            : throw new InputException("text", null, $"a piece of {piece.Length} bytes is too long for this tokenizer.", "Cut the text into documents.");
    }

    /// <summary>Writes a piece as symbols.</summary>
    private void Spell(ReadOnlySpan<byte> piece, Span<int> symbols)
    {
        _count = _pendingUnknown = 0;
        bool marks = _prefix.Length > 0 || _suffix.Length > 0;
        for (int at = 0, length; at < piece.Length; at += length)
        {
            int point = CodePoint.At(piece, at, out length);
            ReadOnlySpan<byte> character = piece.Slice(at, length);
            if (marks)
                character = Mark(character, first: at == 0, last: at + length == piece.Length);
            int symbol = !marks ? _characters.Of(point) : _words!.TryGet(character, out int id) ? id : -1;
            if (symbol >= 0)
            {
                FlushUnknown(symbols);
                Put(symbols, symbol, length);
            }
            else if (_fallsBack && _characters.HasAllBytes(character))
            {
                // An unknown token that is pending stays so: HF adds it only when the next known symbol comes, behind these bytes.
                foreach (byte value in character)
                    Put(symbols, _characters.OfByte(value), 1);
            }
            else
            {
                AddUnknown(piece.Slice(at, length), symbols);
            }
        }
        FlushUnknown(symbols);
    }

    private ReadOnlySpan<byte> Mark(ReadOnlySpan<byte> character, bool first, bool last)
    {
        _marked.Clear();
        if (!first)
            _marked.Add(_prefix);
        _marked.Add(character);
        if (last)
            _marked.Add(_suffix);
        return _marked.Bytes;
    }

    private void AddUnknown(ReadOnlySpan<byte> character, Span<int> symbols)
    {
        // Without an unknown token the character vanishes.
        if (model.Flags.UnknownToken is not string name)
            return;
        if (_unknown < 0)
            throw UnknownToken.Missing(name, character);
        if (!_fuses)
            FlushUnknown(symbols);
        _pendingUnknown += character.Length;
    }

    private void FlushUnknown(Span<int> symbols)
    {
        if (_pendingUnknown > 0)
            Put(symbols, _unknown, _pendingUnknown);
        _pendingUnknown = 0;
    }

    private void Put(Span<int> symbols, int symbol, int length)
    {
        symbols[_count] = symbol;
        _lengths[_count++] = length;
    }
}
