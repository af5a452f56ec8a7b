using System.Text.Json.Serialization;

namespace Castalia.Training;

/// <summary>In which number format a training step computes. Weights that are kept, optimizer state and gradient sums are fp32 in both.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TrainingPrecision>))]
public enum TrainingPrecision
{
    /// <summary>Everything in fp32.</summary>
    [JsonStringEnumMemberName("fp32")]
    Float32,

    /// <summary>Forward and backward in bf16 from a rounded copy of the fp32 master weights; the loss's softmax and sums in fp32.</summary>
    [JsonStringEnumMemberName("bf16")]
    BFloat16,
}
