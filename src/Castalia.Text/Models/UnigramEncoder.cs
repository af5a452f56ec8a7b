using System.Numerics;
using Castalia.Text.Bpe;
using Castalia.Text.Unicode;

namespace Castalia.Text.Models;

/// <summary>
/// Encodes pieces by Unigram: Viterbi's best path from left to right, in time that is linear in the piece times the longest token. Scores are
/// added up from the piece's start, and of equal sums the first found stays, as in HF: near-ties fall as they do there.
/// </summary>
internal sealed class UnigramEncoder : PieceEncoder
{
    private const int Kept = 1 << 16, Unreached = -1, UnknownCharacter = -2;

    private readonly UnigramModel _model;
    private readonly ByteTrie _trie;
    private readonly double[] _sums;
    private int[] _last = new int[256];

    public UnigramEncoder(UnigramModel model)
    {
        (_model, _trie) = (model, model.Trie);
        // Only sums as far ahead as one token reaches are needed at a time.
        int reach = Math.Max(4, model.Lengths.Length == 0 ? 0 : model.Lengths.Max());
        _sums = new double[BitOperations.RoundUpToPowerOf2((uint)reach + 1)];
    }

    public override void Encode(ReadOnlySpan<byte> piece, IdBuffer tokens)
    {
        if (_last.Length <= piece.Length || _last.Length > Kept)
            _last = new int[Math.Max(256, piece.Length + 1)];
        FindBestPath(piece);
        Emit(piece, LayOutPath(piece), tokens);
    }

    /// <summary>Finds, for each place of a piece, the token that the best path to it ends with.</summary>
    private void FindBestPath(ReadOnlySpan<byte> piece)
    {
        double[] sums = _sums, scores = _model.Scores;
        int mask = sums.Length - 1;
        Span<int> last = _last.AsSpan(0, piece.Length + 1);
        last.Fill(Unreached);
        sums[0] = 0;
        for (int start = 0, length; start < piece.Length; start += length)
        {
            CodePoint.At(piece, start, out length);
            double before = sums[start & mask];
            bool known = false;
            int node = ByteTrie.Root;
            for (int at = start; at < piece.Length;)
            {
                node = _trie.Next(node, piece[at++]);
                if (node < 0)
                    break;
                int id = _trie.ValueAt(node);
                if (id < 0)
                    continue;
                double sum = scores[id] + before;
                if (last[at] == Unreached || sum > sums[at & mask])
                    (last[at], sums[at & mask]) = (id, sum);
                known |= at == start + length;
            }
            if (known)
                continue;
            int next = start + length;
            double unknown = _model.UnknownScore + before;
            if (last[next] != Unreached && !(unknown > sums[next & mask]))
                continue;
            if (_model.UnknownId is null)
                throw UnknownToken.Missing(null, piece.Slice(start, length));
            (last[next], sums[next & mask]) = (UnknownCharacter, unknown);
        }
    }

    /// <summary>Writes the best path's tokens in order to the end of the working space; returns where they begin.</summary>
    private int LayOutPath(ReadOnlySpan<byte> piece)
    {
        // A token has a byte at least, so that what is written stays behind what is still to be read.
        int written = piece.Length + 1;
        for (int end = piece.Length; end > 0;)
        {
            int token = _last[end];
            _last[--written] = token;
            int length = token == UnknownCharacter ? 0 : _model.Lengths[token];
            if (token == UnknownCharacter)
                CodePoint.Before(piece, end, out length);
            end -= length;
        }
        return written;
    }

    private void Emit(ReadOnlySpan<byte> piece, int from, IdBuffer tokens)
    {
        int start = 0;
        for (int i = from; i <= piece.Length; i++)
        {
            int end = start + LengthAt(piece, start, _last[i]);
            if (!IsUnknown(_last[i]))
            {
                tokens.Add(_last[i], start, end);
            }
            else
            {
                for (; i < piece.Length && IsUnknown(_last[i + 1]); i++)
                    end += LengthAt(piece, end, _last[i + 1]);
                EmitUnknown(piece, start, end, tokens);
            }
            start = end;
        }
    }

    private void EmitUnknown(ReadOnlySpan<byte> piece, int start, int end, IdBuffer tokens)
    {
        ReadOnlySpan<byte> text = piece[start..end];
        // Unknown characters side by side, or the name of the unknown token, may spell a token after all.
        int id = _trie.ValueOf(text);
        if (id < 0 && _model.ByteFallback && HasAllBytes(text))
        {
            // Each byte's token stands for the whole run.
            foreach (byte value in text)
                tokens.Add(_model.ByteIds[value], start, end);
            return;
        }
        tokens.Add(id >= 0 ? id : _model.UnknownId!.Value, start, end, shownAsText: true);
    }

    private bool HasAllBytes(ReadOnlySpan<byte> text)
    {
        foreach (byte value in text)
        {
            if (_model.ByteIds[value] < 0)
                return false;
        }
        return true;
    }

    /// <summary>Text that gives the unknown token by its name counts as unknown characters do.</summary>
    private bool IsUnknown(int token) => token == UnknownCharacter || token == _model.UnknownId;

    private int LengthAt(ReadOnlySpan<byte> piece, int start, int token)
    {
        if (token != UnknownCharacter)
            return _model.Lengths[token];
        CodePoint.At(piece, start, out int length);
        return length;
    }
}
