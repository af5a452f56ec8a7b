using System.Text.Json;

namespace Castalia.Text.Training;

/// <summary>A WordPiece vocabulary.</summary>
internal sealed record TrainedWordPiece(IReadOnlyList<string> Tokens, TrainerOptions Options) : TrainedModel(Tokens)
{
    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "WordPiece");
        json.WriteString("unk_token", Options.UnknownToken ?? "[UNK]");
        json.WriteString("continuing_subword_prefix", Options.PrefixInUse);
        json.WriteNumber("max_input_chars_per_word", 100);
        WriteVocabulary(json);
        json.WriteEndObject();
    }
}
