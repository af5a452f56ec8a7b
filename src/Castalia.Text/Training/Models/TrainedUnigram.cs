using System.Globalization;
using System.Text.Json;

namespace Castalia.Text.Training;

/// <summary>A Unigram vocabulary: pieces and the logarithms of their probabilities.</summary>
internal sealed record TrainedUnigram(IReadOnlyList<string> Tokens, IReadOnlyList<double> Scores, TrainerOptions Options) : TrainedModel(Tokens)
{
    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Unigram");
        if (Options.UnknownToken is string unknown)
            json.WriteNumber("unk_id", Tokens.TakeWhile(token => token != unknown).Count());
        else
            json.WriteNull("unk_id");
        json.WriteStartArray("vocab");
        for (int id = 0; id < Tokens.Count; id++)
        {
            json.WriteStartArray();
            json.WriteStringValue(Tokens[id]);
            json.WriteRawValue(Text(Scores[id]));
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteBoolean("byte_fallback", Options.ByteFallback);
        json.WriteEndObject();
    }

    /// <summary>A number as Rust writes it: whole ones with a zero behind the point.</summary>
    private static string Text(double score)
    {
        string text = score.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0";
    }
}
