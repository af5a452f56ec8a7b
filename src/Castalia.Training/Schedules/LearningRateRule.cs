using System.Text.Json.Serialization;

namespace Castalia.Training;

/// <summary>How the learning rate moves over a run. Recipes and checkpoints spell them as the attribute says.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LearningRateRule>))]
public enum LearningRateRule
{
    /// <summary>
    /// GPT-NeoX v1.0, which trained Pythia: the first update is made at rate 0, the cosine aims at 0 over all steps and is cut off at the
    /// minimum, which it meets at about four fifths of the run.
    /// </summary>
    [JsonStringEnumMemberName("v1.0")]
    PythiaV1,

    /// <summary>GPT-NeoX's current code: no update at rate 0, and the cosine ends at the minimum on the last step.</summary>
    [JsonStringEnumMemberName("head")]
    NeoxHead,

    /// <summary>Warmup to the full rate on its last step, then a cosine down to the minimum: the form most PyTorch trainers use.</summary>
    [JsonStringEnumMemberName("cosine")]
    Cosine,

    /// <summary>Warmup as <see cref="Cosine"/>, then a straight line down to the minimum.</summary>
    [JsonStringEnumMemberName("linear")]
    Linear,

    /// <summary>Warmup as <see cref="Cosine"/>, then the full rate to the end.</summary>
    [JsonStringEnumMemberName("constant")]
    Constant,
}
