using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.Models;

/// <summary>The key "vocab" of models that write it as an object: each token with its id, in order of id.</summary>
internal static class VocabularyJson
{
    /// <summary>Reads the vocabulary.</summary>
    /// <exception cref="InputException">A token stands twice, an id is none, or two tokens share one.</exception>
    public static Dictionary<string, int> Read(JsonPart part)
    {
        part.Expect(JsonValueKind.Object);
        Dictionary<string, int> ids = new(part.Value.GetPropertyCount());
        Dictionary<int, string> tokens = new(part.Value.GetPropertyCount());
        foreach (JsonProperty property in part.Value.EnumerateObject())
        {
            string token = part.NameOf(property);
            int id = property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetInt32(out int number) && number >= 0
                ? number
                : new JsonPart(property.Value, part.File, $"{part.Path}[\"{token}\"]").Id();
            if (id > Vocabulary.GreatestId)
                throw part.Fail($"the token \"{token}\" has id {id}; ids go up to {Vocabulary.GreatestId}.");
            if (!ids.TryAdd(token, id))
                throw part.Fail($"the token \"{token}\" stands twice.");
            if (!tokens.TryAdd(id, token))
                throw part.Fail($"the tokens \"{tokens[id]}\" and \"{token}\" both have id {id}.");
        }
        return ids;
    }

    /// <summary>Writes the vocabulary.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyDictionary<string, int> ids)
    {
        json.WriteStartObject("vocab");
        foreach ((string token, int id) in ids.OrderBy(token => token.Value))
            json.WriteNumber(token, id);
        json.WriteEndObject();
    }
}
