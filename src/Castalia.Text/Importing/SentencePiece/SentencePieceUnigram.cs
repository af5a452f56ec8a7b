using System.Text.Json;
using Castalia.Text.Bpe;
using Castalia.Text.Models;
using Castalia.Text.Unicode;

namespace Castalia.Text.Importing;

/// <summary>
/// SentencePiece's Unigram: as HF's, but sums of scores are kept as single-precision floats, which decides between cuts that are as good as
/// each other, and user-defined symbols come before all else.
/// </summary>
internal sealed class SentencePieceUnigram(SentencePieceVocabulary vocabulary) : TokenModel
{
    private const float UnknownPenalty = 10;

    // SentencePiece gives symbols this score where, as always, no score is above 0 (it takes the smallest positive float for the greatest).
    private const double SymbolScore = -0.1;

    private readonly ByteTrie _trie = new(vocabulary.Texts.Where(piece => vocabulary.KindOf(piece.Id) != SentencePieceKind.Unused));
    private readonly double[] _scores = ScoresOf(vocabulary.Model);
    private readonly float _unknownScore =
        vocabulary.Model.Pieces.Where(piece => piece.Kind == SentencePieceKind.Normal).Select(piece => piece.Score).DefaultIfEmpty(float.MaxValue).Min() - UnknownPenalty;

    public override IReadOnlyDictionary<string, int> Vocabulary => vocabulary.Ids;

    public override PieceEncoder CreateEncoder() => new Encoder(this, vocabulary);

    public override void Write(Utf8JsonWriter json) => throw SentencePieceTokenizer.NotSaved("its Unigram, whose scores are single-precision floats,");

    private static double[] ScoresOf(SentencePieceModel model)
    {
        float greatest = model.Pieces.Where(piece => piece.Kind == SentencePieceKind.Normal).Select(piece => piece.Score).Append(float.MinValue).Max();
        greatest = Math.Max(greatest, 1.17549435e-38f);
        return [.. model.Pieces.Select(piece => piece.Kind == SentencePieceKind.UserDefined
            ? (float)(System.Text.Encoding.UTF8.GetByteCount(piece.Text) * greatest) + SymbolScore
            : piece.Score)];
    }

    private sealed class Encoder(SentencePieceUnigram model, SentencePieceVocabulary vocabulary) : PieceEncoder
    {
        private const int Kept = 1 << 20;

        private Node[] _nodes = new Node[256];
        private int[] _ends = new int[256];

        public override void Encode(ReadOnlySpan<byte> piece, IdBuffer tokens)
        {
            if (_nodes.Length <= piece.Length || _nodes.Length > Kept)
                (_nodes, _ends) = (new Node[Math.Max(256, piece.Length + 1)], new int[Math.Max(256, piece.Length + 1)]);
            FindBestPath(piece);
            int count = 0, unknown = vocabulary.UnknownId;
            for (int end = piece.Length; end > 0; end = _nodes[end].Start)
                _ends[count++] = end;
            for (int start = 0; count > 0;)
            {
                int end = _ends[--count], id = _nodes[end].Id;
                // Neighbouring unknown characters share one token.
                while (id == unknown && count > 0 && _nodes[_ends[count - 1]].Id == unknown)
                    end = _ends[--count];
                if (id == unknown)
                    vocabulary.AddUnknown(piece, start, end, tokens);
                else
                    tokens.Add(id, start, end);
                start = end;
            }
        }

        private void FindBestPath(ReadOnlySpan<byte> piece)
        {
            ByteTrie trie = model._trie;
            Node[] nodes = _nodes;
            nodes.AsSpan(0, piece.Length + 1).Fill(new Node { Start = -1 });
            for (int start = 0, length; start < piece.Length; start += length)
            {
                CodePoint.At(piece, start, out length);
                float before = nodes[start].Score;
                bool whole = false;
                int node = ByteTrie.Root;
                for (int at = start; at < piece.Length && (node = trie.Next(node, piece[at])) >= 0;)
                {
                    at++;
                    int id = trie.ValueAt(node);
                    if (id < 0)
                        continue;
                    nodes[at].Offer(model._scores[id] + before, start, id);
                    whole |= at == start + length;
                }
                if (!whole)
                    nodes[start + length].Offer(model._unknownScore + before, start, vocabulary.UnknownId);
            }
        }
    }

    /// <summary>The best path that ends at a place: its sum of scores, where its last token begins, and which it is.</summary>
    private struct Node
    {
        public float Score;
        public int Start, Id;

        /// <summary>The sum offered is compared in double precision with one that was rounded when it was kept, as SentencePiece does.</summary>
        public void Offer(double score, int start, int id)
        {
            if (Start >= 0 && score <= Score)
                return;
            (Score, Start, Id) = ((float)score, start, id);
        }
    }
}
