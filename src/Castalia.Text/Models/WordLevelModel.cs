using System.Text;
using System.Text.Json;
using Castalia.Text.Bpe;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Models;

/// <summary>HF's WordLevel: a piece is a token, or the unknown token.</summary>
/// <param name="ids">The id of each token.</param>
/// <param name="unknownToken">The token for pieces that are none.</param>
internal sealed class WordLevelModel(Dictionary<string, int> ids, string unknownToken) : TokenModel
{
    private readonly WordTable _words = new(ids.Select(token => (Encoding.UTF8.GetBytes(token.Key), token.Value)));

    public override IReadOnlyDictionary<string, int> Vocabulary => ids;

    /// <summary>Reads the model.</summary>
    public static WordLevelModel Read(JsonPart part) => new(VocabularyJson.Read(part.Get("vocab")), part.Get("unk_token").Text());

    public override PieceEncoder CreateEncoder() => new Encoder(_words, ids.GetValueOrDefault(unknownToken, -1), unknownToken);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "WordLevel");
        VocabularyJson.Write(json, ids);
        json.WriteString("unk_token", unknownToken);
        json.WriteEndObject();
    }

    private sealed class Encoder(WordTable words, int unknown, string unknownToken) : PieceEncoder
    {
        public override void Encode(ReadOnlySpan<byte> piece, IdBuffer tokens)
        {
            if (!words.TryGet(piece, out int id))
                id = unknown >= 0 ? unknown : throw UnknownToken.Missing(unknownToken, piece);
            tokens.Add(id, 0, piece.Length);
        }
    }
}
