using System.Text;
using System.Text.Json;
using Castalia.Text.Bpe;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Models;

/// <summary>
/// HF's WordPiece, BERT's model (Devlin et al. 2018): a piece is cut from its start into the longest tokens there are, those inside it
/// written with a prefix; one that cannot be cut, or is too long, is the unknown token as a whole.
/// </summary>
internal sealed class WordPieceModel : TokenModel
{
    private readonly Dictionary<string, int> _ids;
    private readonly string _unknownToken, _prefix;
    private readonly ulong _mostCharacters;
    private readonly ByteTrie _trie;

    /// <param name="ids">The id of each token.</param>
    /// <param name="unknownToken">The token for pieces that cannot be cut.</param>
    /// <param name="continuingSubwordPrefix">What tokens inside a piece begin with.</param>
    /// <param name="maxInputCharsPerWord">The most code points of a piece that is cut at all.</param>
    public WordPieceModel(Dictionary<string, int> ids, string unknownToken, string continuingSubwordPrefix, ulong maxInputCharsPerWord)
    {
        (_ids, _unknownToken, _prefix, _mostCharacters) = (ids, unknownToken, continuingSubwordPrefix, maxInputCharsPerWord);
        _trie = new ByteTrie(ids.Select(token => (Encoding.UTF8.GetBytes(token.Key), token.Value)));
    }

    public override IReadOnlyDictionary<string, int> Vocabulary => _ids;

    /// <summary>Reads the model.</summary>
    public static WordPieceModel Read(JsonPart part)
    {
        JsonPart most = part.Get("max_input_chars_per_word");
        if (most.Value.ValueKind != JsonValueKind.Number || !most.Value.TryGetUInt64(out ulong characters))
            throw most.Fail("expected a whole number from 0.");
        return new WordPieceModel(VocabularyJson.Read(part.Get("vocab")), part.Get("unk_token").Text(), part.Get("continuing_subword_prefix").Text(), characters);
    }

    public override PieceEncoder CreateEncoder() => new Encoder(this);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "WordPiece");
        json.WriteString("unk_token", _unknownToken);
        json.WriteString("continuing_subword_prefix", _prefix);
        json.WriteNumber("max_input_chars_per_word", _mostCharacters);
        VocabularyJson.Write(json, _ids);
        json.WriteEndObject();
    }

    private sealed class Encoder(WordPieceModel model) : PieceEncoder
    {
        private readonly ByteTrie _trie = model._trie;
        private readonly int _inside = model._trie.Next(ByteTrie.Root, Encoding.UTF8.GetBytes(model._prefix));
        private readonly List<(int Id, int End)> _found = [];

        public override void Encode(ReadOnlySpan<byte> piece, IdBuffer tokens)
        {
            if (!IsTooLong(piece) && Cut(piece))
            {
                int start = 0;
                foreach ((int id, int end) in _found)
                {
                    tokens.Add(id, start, end);
                    start = end;
                }
                return;
            }
            if (!model._ids.TryGetValue(model._unknownToken, out int unknown))
                throw UnknownToken.Missing(model._unknownToken, piece);
            tokens.Add(unknown, 0, piece.Length);
        }

        private bool IsTooLong(ReadOnlySpan<byte> piece)
        {
            if ((ulong)piece.Length <= model._mostCharacters)
                return false;
            int characters = 0;
            foreach (byte value in piece)
                characters += (value & 0xC0) != 0x80 ? 1 : 0;
            return (ulong)characters > model._mostCharacters;
        }

        private bool Cut(ReadOnlySpan<byte> piece)
        {
            _found.Clear();
            for (int start = 0; start < piece.Length;)
            {
                int node = start == 0 ? ByteTrie.Root : _inside, best = -1, bestEnd = start;
                for (int at = start; at < piece.Length && node >= 0; at++)
                {
                    node = _trie.Next(node, piece[at]);
                    if (node >= 0 && _trie.ValueAt(node) is int id and >= 0)
                        (best, bestEnd) = (id, at + 1);
                }
                if (best < 0)
                    return false;
                _found.Add((best, bestEnd));
                start = bestEnd;
            }
            return true;
        }
    }
}
