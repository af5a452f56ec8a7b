using System.Text;
using System.Text.Json;
using Castalia.Text.Bpe;
using Castalia.Text.TokenizerJson;
using Castalia.Text.Unicode;

namespace Castalia.Text.Models;

/// <summary>
/// HF's Unigram, SentencePiece's model (Kudo 2018): of all ways to cut a piece into tokens the one whose scores (log-probabilities) sum to
/// most, found by Viterbi; characters that no token covers are unknown, and neighbouring ones share one token.
/// </summary>
internal sealed class UnigramModel : TokenModel
{
    private const double UnknownPenalty = 10;

    private readonly (string Token, double Score)[] _vocabulary;
    private readonly Dictionary<string, int> _ids = [];
    private readonly ByteTrie _trie;
    private readonly int? _unknown;
    private readonly bool _byteFallback;
    private readonly int[] _bytes = new int[256];

    public UnigramModel((string Token, double Score)[] vocabulary, int? unknownId, bool byteFallback)
    {
        (_vocabulary, _unknown, _byteFallback) = (vocabulary, unknownId, byteFallback);
        for (int id = 0; id < vocabulary.Length; id++)
            _ids[vocabulary[id].Token] = id;
        _trie = new ByteTrie(_ids.Select(token => (Encoding.UTF8.GetBytes(token.Key), token.Value)));
        for (int value = 0; value < 256; value++)
            _bytes[value] = _ids.GetValueOrDefault($"<0x{value:X2}>", -1);
    }

    public override IReadOnlyDictionary<string, int> Vocabulary => _ids;

    /// <summary>Reads the model.</summary>
    public static UnigramModel Read(JsonPart part)
    {
        List<(string Token, double Score)> vocabulary = [];
        JsonPart list = part.Get("vocab");
        foreach (JsonPart entry in list.Items())
        {
            if (entry.Items().ToList() is not [JsonPart token, JsonPart score] || score.Value.ValueKind != JsonValueKind.Number)
                throw entry.Fail("expected a token and its score.");
            double number = score.Value.GetDouble();
            if (!double.IsFinite(number))
                throw entry.Fail("the score is not a finite number.");
            vocabulary.Add((token.Text(), number));
        }
        int? unknown = part.Find("unk_id")?.Id();
        if (unknown is int id && id >= vocabulary.Count)
            throw part.Get("unk_id").Fail($"no token has id {id}: there are {vocabulary.Count}.");
        return new UnigramModel([.. vocabulary], unknown, part.Flag("byte_fallback", false));
    }

    public override PieceEncoder CreateEncoder() => new Encoder(this);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Unigram");
        if (_unknown is int unknown)
            json.WriteNumber("unk_id", unknown);
        else
            json.WriteNull("unk_id");
        json.WriteStartArray("vocab");
        foreach ((string token, double score) in _vocabulary)
        {
            json.WriteStartArray();
            json.WriteStringValue(token);
            json.WriteRawValue(RustNumber.Write(score));
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteBoolean("byte_fallback", _byteFallback);
        json.WriteEndObject();
    }

    private sealed class Encoder(UnigramModel model) : PieceEncoder
    {
        private const int Kept = 1 << 20;

        private readonly double _unknownScore = (model._vocabulary.Length == 0 ? 0 : model._vocabulary.Min(token => token.Score)) - UnknownPenalty;
        private readonly double[] _scores = [.. model._vocabulary.Select(token => token.Score)];
        private Node[] _nodes = new Node[256];
        private int[] _ends = new int[256];

        public override void Encode(ReadOnlySpan<byte> piece, IdBuffer tokens)
        {
            if (_nodes.Length <= piece.Length || _nodes.Length > Kept)
                (_nodes, _ends) = (new Node[Math.Max(256, piece.Length + 1)], new int[Math.Max(256, piece.Length + 1)]);
            FindBestPath(piece);
            int count = 0;
            for (int end = piece.Length; end > 0; end = _nodes[end].Start)
                _ends[count++] = end;
            for (int start = 0; count > 0;)
            {
                int end = _ends[--count], id = _nodes[end].Id;
                if (id == model._unknown)
                {
                    while (count > 0 && _nodes[_ends[count - 1]].Id == model._unknown)
                        end = _ends[--count];
                    AddUnknown(piece, start, end, tokens);
                }
                else
                {
                    tokens.Add(id, start, end);
                }
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
                double before = nodes[start].Score;
                bool whole = false;
                int node = ByteTrie.Root;
                for (int at = start; at < piece.Length;)
                {
                    node = trie.Next(node, piece[at++]);
                    if (node < 0)
                        break;
                    int id = trie.ValueAt(node);
                    if (id < 0)
                        continue;
                    nodes[at].Offer(before + _scores[id], start, id);
                    whole |= at == start + length;
                }
                if (whole)
                    continue;
                if (model._unknown is not int unknown)
                    throw UnknownToken.Missing(null, piece.Slice(start, length));
                nodes[start + length].Offer(before + _unknownScore, start, unknown);
            }
        }

        private void AddUnknown(ReadOnlySpan<byte> piece, int start, int end, IdBuffer tokens)
        {
            ReadOnlySpan<byte> text = piece[start..end];
            // A run of unknown characters may be written as a token, as the text of the unknown token itself.
            if (model._trie.Next(ByteTrie.Root, text) is int node and >= 0 && model._trie.ValueAt(node) is int id and >= 0)
            {
                tokens.Add(id, start, end, shownAsText: true);
                return;
            }
            bool bytes = model._byteFallback;
            for (int i = 0; bytes && i < text.Length; i++)
                bytes = model._bytes[text[i]] >= 0;
            if (!bytes)
            {
                tokens.Add(model._unknown!.Value, start, end, shownAsText: true);
                return;
            }
            // Each byte's token stands for the whole run, as in HF.
            foreach (byte value in text)
                tokens.Add(model._bytes[value], start, end);
        }
    }

    /// <summary>The best path that ends at a place: its sum of scores, where its last token begins, and which it is.</summary>
    private struct Node
    {
        public double Score;
        public int Start, Id;

        public void Offer(double score, int start, int id)
        {
            if (Start >= 0 && score <= Score)
                return;
            (Score, Start, Id) = (score, start, id);
        }
    }
}
