using System.Text.Json.Serialization;

namespace Castalia.Models;

/// <summary>In which number format a model's weights are held and computed with, where nothing is trained.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<InferencePrecision>))]
public enum InferencePrecision
{
    /// <summary>Everything in fp32.</summary>
    [JsonStringEnumMemberName("fp32")]
    Float32,

    /// <summary>Everything in bf16, sums in fp32.</summary>
    [JsonStringEnumMemberName("bf16")]
    BFloat16,

    /// <summary>The matrices in int8 (<see cref="TransformerWeights.Quantize"/>), the rest in bf16.</summary>
    [JsonStringEnumMemberName("int8")]
    Int8,
}
