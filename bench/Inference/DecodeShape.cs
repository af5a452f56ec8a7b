using Castalia.Models;

namespace Castalia.Bench.Inference;

/// <summary>What is decoded in a round, and what of the model a token reads.</summary>
internal static class DecodeShape
{
    /// <summary>Tokens before the first that is measured.</summary>
    public const int Prompt = 32;

    /// <summary>Tokens that a round decodes, one after the other.</summary>
    public const int Tokens = 64;

    /// <summary>The bytes of all matrices that a decoded token meets: the model without its embedding, of which it reads one row.</summary>
    public static double WeightBytes(TransformerConfig config, WeightType type)
    {
        double perWeight = type switch { WeightType.Float32 => 4, WeightType.BFloat16 => 2, _ => 34.0 / 32 };
        return perWeight * ParameterNames.Of(config)
            .Where(parameter => parameter.Role is ParameterRole.Input or ParameterRole.Output or ParameterRole.Unembedding)
            .Sum(parameter => parameter.Count);
    }
}
