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
        string type = part.Find("type")?.Text() ?? Guess(part);
        return type switch
        {
            "BPE" => BpeReader.Read(part),
            _ => throw part.Refuse($"the model {type}", Supported),
        };
    }

    private static string Guess(JsonPart part)
    {
        if (part.Find("merges") is not null)
            return "BPE";
        if (part.Find("continuing_subword_prefix") is not null && part.Find("max_input_chars_per_word") is not null)
            return "WordPiece";
        return part.Find("vocab") is JsonPart { Value.ValueKind: JsonValueKind.Array } ? "Unigram" : "WordLevel";
    }
}
