using System.Text.Json;
using Castalia.Text.Bpe;
using Castalia.Text.Models;

namespace Castalia.Text.TokenizerJson;

/// <summary>Reads the key "model".</summary>
internal static class ModelReader
{
    private const string Supported = "BPE, WordPiece, WordLevel, Unigram";

    /// <summary>Reads a model by its type; one without is taken for the first, in HF's order, whose keys it has.</summary>
    public static TokenModel Read(JsonPart part)
    {
        part.Expect(JsonValueKind.Object);
        string type = part.Has("type", out _) ? part.Type() : Guess(part);
        return type switch
        {
            "BPE" => BpeReader.Read(part),
            "WordPiece" => WordPieceModel.Read(part),
            "WordLevel" => WordLevelModel.Read(part),
            "Unigram" => UnigramModel.Read(part),
            _ => throw part.Refuse($"the model {type}", Supported),
        };
    }

    private static string Guess(JsonPart part)
    {
        bool vocabulary = Has(part, "vocab", JsonValueKind.Object), unknown = Has(part, "unk_token", JsonValueKind.String);
        if (vocabulary && Has(part, "merges", JsonValueKind.Array))
            return "BPE";
        if (vocabulary && unknown && Has(part, "continuing_subword_prefix", JsonValueKind.String)
            && part.Find("max_input_chars_per_word") is JsonPart { Value: { ValueKind: JsonValueKind.Number } most } && most.TryGetUInt64(out _))
            return "WordPiece";
        if (vocabulary && unknown)
            return "WordLevel";
        return Has(part, "vocab", JsonValueKind.Array)
            ? "Unigram"
            : throw part.Fail("the key \"type\" is missing, and the other keys are those of no model.");
    }

    private static bool Has(JsonPart part, string key, JsonValueKind kind) => part.Find(key)?.Value.ValueKind == kind;
}
