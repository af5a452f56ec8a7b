using System.Text.Json;

namespace Castalia.Text.Training;

/// <summary>A BPE vocabulary and its merges.</summary>
internal sealed record TrainedBpe : TrainedModel
{
    private readonly TrainerOptions _options;

    /// <param name="tokens">The token of each id.</param>
    /// <param name="merges">The merges as they were made. Of a pair that was merged twice the last counts, as in HF's table of merges.</param>
    /// <param name="options">How it was trained.</param>
    public TrainedBpe(IReadOnlyList<string> tokens, IReadOnlyList<(int Left, int Right)> merges, TrainerOptions options) : base(tokens)
    {
        _options = options;
        Merges = [.. merges.Reverse().Distinct().Reverse().Select(merge => (tokens[merge.Left], tokens[merge.Right]))];
    }

    /// <summary>The merges in order.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteString("unk_token", _options.UnknownToken);
        json.WriteString("continuing_subword_prefix", _options.ContinuingSubwordPrefix);
        json.WriteString("end_of_word_suffix", _options.EndOfWordSuffix);
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", _options.ByteFallback);
        json.WriteBoolean("ignore_merges", false);
        WriteVocabulary(json);
        json.WriteStartArray("merges");
        foreach ((string left, string right) in Merges)
        {
            json.WriteStartArray();
            json.WriteStringValue(left);
            json.WriteStringValue(right);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
