using System.Text.Json;
using Castalia.Text.Bpe;
using Castalia.Text.Models;
using Castalia.Text.Unicode;

namespace Castalia.Text.Importing;

/// <summary>
/// SentencePiece's BPE: of all neighbours that spell a piece those with the highest score are joined, leftmost first, whichever two they are.
/// User-defined symbols are never joined to others; pieces that are not to be used are taken apart again in the end.
/// </summary>
internal sealed class SentencePieceBpe(SentencePieceVocabulary vocabulary) : TokenModel
{
    private readonly WordTable _pieces = new(vocabulary.Texts);
    private readonly ByteTrie? _symbols = UserDefinedSymbols.Of(vocabulary.Model);
    private readonly uint[] _orders = [.. vocabulary.Model.Pieces.Select(piece => OrderOf(piece.Score))];

    public override IReadOnlyDictionary<string, int> Vocabulary => vocabulary.Ids;

    public override PieceEncoder CreateEncoder() => new Encoder(this, vocabulary);

    public override void Write(Utf8JsonWriter json) => throw SentencePieceTokenizer.NotSaved("its BPE, which joins by scores,");

    /// <summary>A number that is smaller the higher a score is, and the same for equal scores.</summary>
    private static uint OrderOf(float score)
    {
        uint bits = BitConverter.SingleToUInt32Bits(score + 0f);
        return bits >> 31 == 1 ? bits : ~(bits | 0x8000_0000);
    }

    private sealed class Encoder(SentencePieceBpe model, SentencePieceVocabulary vocabulary) : PieceEncoder
    {
        private const int Kept = 1 << 18;

        private const uint NoPiece = uint.MaxValue;

        // A piece's order in the upper half, where the pair begins that spells it in the lower.
        private readonly JoinQueue _queue = new();
        private readonly Dictionary<int, int> _takenApart = [];
        private readonly Stack<(int Start, int End)> _open = [];

        // Of the part that begins at a byte: its length in bytes (0: none begins there), where the one before it begins, whether it may be
        // joined, and the order of the piece that it and the next one spell.
        private int[] _lengths = [], _previous = [];
        private bool[] _fixed = [];
        private uint[] _orders = [];

        public override void Encode(ReadOnlySpan<byte> piece, IdBuffer tokens)
        {
            if (_lengths.Length < piece.Length || _lengths.Length > Kept)
            {
                int size = Math.Max(256, piece.Length);
                (_lengths, _previous, _fixed, _orders) = (new int[size], new int[size], new bool[size], new uint[size]);
            }
            Split(piece);
            Join(piece);
            int unknown = -1;
            for (int start = 0; start < piece.Length; start += _lengths[start])
            {
                _open.Push((start, start + _lengths[start]));
                while (_open.TryPop(out (int Start, int End) part))
                    Add(piece, part.Start, part.End, ref unknown, tokens);
            }
            AddUnknown(piece, ref unknown, piece.Length, tokens);
        }

        private void Add(ReadOnlySpan<byte> piece, int start, int end, ref int unknown, IdBuffer tokens)
        {
            if (!model._pieces.TryGet(piece[start..end], out int id))
            {
                unknown = unknown < 0 ? start : unknown;
                return;
            }
            if (_takenApart.TryGetValue(id, out int left))
            {
                _open.Push((start + left, end));
                _open.Push((start, start + left));
                return;
            }
            AddUnknown(piece, ref unknown, start, tokens);
            tokens.Add(id, start, end);
        }

        /// <summary>Neighbouring unknown characters share one token.</summary>
        private void AddUnknown(ReadOnlySpan<byte> piece, ref int start, int end, IdBuffer tokens)
        {
            if (start >= 0)
                vocabulary.AddUnknown(piece, start, end, tokens);
            start = -1;
        }

        /// <summary>Cuts a text into characters and symbols.</summary>
        private void Split(ReadOnlySpan<byte> piece)
        {
            int previous = -1;
            _lengths.AsSpan(0, piece.Length).Clear();
            for (int at = 0, length; at < piece.Length; at += length)
            {
                length = model._symbols is null ? 0 : UserDefinedSymbols.Match(model._symbols, piece, at);
                _fixed[at] = length > 0;
                if (length == 0)
                    CodePoint.At(piece, at, out length);
                (_lengths[at], _previous[at], previous) = (length, previous, at);
            }
        }

        private void Join(ReadOnlySpan<byte> piece)
        {
            _queue.Clear();
            _takenApart.Clear();
            for (int at = 0; at < piece.Length; at += _lengths[at])
            {
                if (Spells(piece, at))
                    _queue.AddUnordered(PriorityOf(at));
            }
            _queue.Order();
            while (_queue.TryTake(out ulong priority))
            {
                int start = (int)(uint)priority;
                // Out of date where one of the two has been joined to something else.
                if (_lengths[start] == 0 || priority != PriorityOf(start))
                    continue;
                int middle = start + _lengths[start], end = middle + _lengths[middle];
                (_lengths[start], _lengths[middle]) = (end - start, 0);
                if (end < piece.Length)
                    _previous[end] = start;
                Offer(piece, _previous[start]);
                Offer(piece, start);
            }
        }

        private void Offer(ReadOnlySpan<byte> piece, int start)
        {
            if (start >= 0 && Spells(piece, start))
                _queue.Add(PriorityOf(start));
        }

        private ulong PriorityOf(int start) => ((ulong)_orders[start] << 32) | (uint)start;

        /// <summary>Whether the part that begins at a place and the next one spell a piece.</summary>
        private bool Spells(ReadOnlySpan<byte> piece, int start)
        {
            _orders[start] = NoPiece;
            int middle = start + _lengths[start];
            if (middle == piece.Length || _fixed[start] || _fixed[middle])
                return false;
            if (!model._pieces.TryGet(piece.Slice(start, middle - start + _lengths[middle]), out int id))
                return false;
            // What a piece that is not to be used is taken apart into: the two that would have made it last, wherever in the text.
            if (vocabulary.KindOf(id) == SentencePieceKind.Unused)
                _takenApart[id] = middle - start;
            _orders[start] = model._orders[id];
            return true;
        }
    }
}
