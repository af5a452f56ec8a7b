using System.Text.Json;

namespace Castalia.Text.Training;

/// <summary>A vocabulary of words.</summary>
internal sealed record TrainedWordLevel(IReadOnlyList<string> Tokens, TrainerOptions Options) : TrainedModel(Tokens)
{
    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "WordLevel");
        WriteVocabulary(json);
        json.WriteString("unk_token", Options.UnknownToken ?? "<unk>");
        json.WriteEndObject();
    }
}
