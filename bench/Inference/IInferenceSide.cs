namespace Castalia.Bench.Inference;

/// <summary>One implementation of scoring or generation.</summary>
internal interface IInferenceSide : IDisposable
{
    /// <summary>One round; returns a number by which sides that compute the same are known.</summary>
    double Run();
}

/// <summary>What a side does in a round.</summary>
internal enum InferenceWork
{
    /// <summary>The log probability of every token of <see cref="Shapes.Batch"/> x <see cref="Shapes.Sequence"/>.</summary>
    Score,

    /// <summary>Tokens one after the other behind a short prompt.</summary>
    Decode,
}

/// <summary>What weights are kept in.</summary>
internal enum WeightType
{
    /// <summary>fp32.</summary>
    Float32,

    /// <summary>bf16.</summary>
    BFloat16,

    /// <summary>int8 with a scale for each 32; computed with in bf16.</summary>
    Int8,
}
