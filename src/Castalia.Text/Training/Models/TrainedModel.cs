using System.Text.Json;

namespace Castalia.Text.Training;

/// <summary>A trained vocabulary, and how it is written in <c>tokenizer.json</c>.</summary>
/// <param name="Tokens">The token of each id.</param>
internal abstract record TrainedModel(IReadOnlyList<string> Tokens)
{
    /// <summary>Writes the object under <c>model</c>, byte for byte as HF tokenizers does.</summary>
    public abstract void Write(Utf8JsonWriter json);

    /// <summary>Writes the tokens as an object of ids.</summary>
    protected void WriteVocabulary(Utf8JsonWriter json)
    {
        json.WriteStartObject("vocab");
        for (int id = 0; id < Tokens.Count; id++)
            json.WriteNumber(Tokens[id], id);
        json.WriteEndObject();
    }
}
