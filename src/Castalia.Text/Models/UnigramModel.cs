using System.Text;
using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Models;

/// <summary>
/// HF's Unigram, SentencePiece's model (Kudo 2018): of all ways to cut a piece into tokens the one whose scores (log-probabilities) sum to
/// most; characters that no token covers are unknown, and neighbouring ones share one token.
/// </summary>
internal sealed class UnigramModel : TokenModel
{
    private const double UnknownPenalty = 10;

    private readonly (string Token, double Score)[] _entries;
    private readonly Dictionary<string, int> _ids = [];

    /// <param name="entries">The tokens in order of id, with their scores, which are finite. Of equal tokens the last is the one that text gives.</param>
    /// <param name="unknownId">The id of the unknown token; null for none.</param>
    /// <param name="byteFallback">Whether unknown characters become the tokens <c>&lt;0xNN&gt;</c> of their bytes, where there are all of them.</param>
    public UnigramModel((string Token, double Score)[] entries, int? unknownId, bool byteFallback)
    {
        (_entries, UnknownId, ByteFallback) = (entries, unknownId, byteFallback);
        Scores = new double[entries.Length];
        Lengths = new int[entries.Length];
        double least = double.PositiveInfinity;
        for (int id = 0; id < entries.Length; id++)
        {
            (string token, Scores[id]) = entries[id];
            _ids[token] = id;
            Lengths[id] = Encoding.UTF8.GetByteCount(token);
            least = Math.Min(least, Scores[id]);
        }
        UnknownScore = least - UnknownPenalty;
        Trie = new ByteTrie(_ids.Select(token => (Encoding.UTF8.GetBytes(token.Key), token.Value)));
        ByteIds = [.. Enumerable.Range(0, 256).Select(value => _ids.GetValueOrDefault($"<0x{value:X2}>", -1))];
    }

    public override IReadOnlyDictionary<string, int> Vocabulary => _ids;

    public override IEnumerable<KeyValuePair<string, int>> Tokens => _entries.Select((entry, id) => KeyValuePair.Create(entry.Token, id));

    public override int TokenCount => _entries.Length;

    /// <summary>The tokens' ids by their bytes.</summary>
    public ByteTrie Trie { get; }

    /// <summary>The score of each token.</summary>
    public double[] Scores { get; }

    /// <summary>How many bytes each token has.</summary>
    public int[] Lengths { get; }

    /// <summary>The id of the unknown token; null for none.</summary>
    public int? UnknownId { get; }

    /// <summary>The score of an unknown character.</summary>
    public double UnknownScore { get; }

    /// <summary>Whether unknown characters become the tokens of their bytes, where there are all of them.</summary>
    public bool ByteFallback { get; }

    /// <summary>The token of each of the 256 bytes, or -1.</summary>
    public int[] ByteIds { get; }

    /// <summary>Reads the model.</summary>
    public static UnigramModel Read(JsonPart part)
    {
        JsonPart list = part.Get("vocab");
        list.Expect(JsonValueKind.Array);
        int count = list.Value.GetArrayLength(), id = 0;
        if (count - 1 > Text.Vocabulary.GreatestId)
            throw list.Fail($"it has {count} tokens; ids go up to {Text.Vocabulary.GreatestId}.");
        (string, double)[] entries = new (string, double)[count];
        foreach (JsonElement element in list.Value.EnumerateArray())
        {
            JsonPart Entry(int id) => new(element, part.File, $"{list.Path}[{id}]");
            if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() != 2
                || element[0].ValueKind != JsonValueKind.String || element[1].ValueKind != JsonValueKind.Number)
                throw Entry(id).Fail("expected a token and its score.");
            if (RustNumber.Read(element[1].GetRawText()) is not double score)
                throw Entry(id).Fail($"the score {element[1].GetRawText()} is out of range.");
            entries[id] = (Entry(id).Text(element[0]), score);
            id++;
        }
        int? unknown = part.Find("unk_id")?.Id();
        if (unknown >= count)
            throw part.Get("unk_id").Fail($"no token has the id {unknown}: there are {count}.");
        return new UnigramModel(entries, unknown, part.Flag("byte_fallback", false));
    }

    public override PieceEncoder CreateEncoder() => new UnigramEncoder(this);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Unigram");
        if (UnknownId is int unknown)
            json.WriteNumber("unk_id", unknown);
        else
            json.WriteNull("unk_id");
        json.WriteStartArray("vocab");
        foreach ((string token, double score) in _entries)
        {
            json.WriteStartArray();
            json.WriteStringValue(token);
            RustNumber.Write(json, score, isItem: true);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteBoolean("byte_fallback", ByteFallback);
        json.WriteEndObject();
    }
}
