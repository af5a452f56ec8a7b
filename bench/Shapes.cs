using Castalia.Models;

namespace Castalia.Bench;

/// <summary>The models that are measured, by name.</summary>
internal static class Shapes
{
    /// <summary>Sequences of a step.</summary>
    public const int Batch = 8;

    /// <summary>Tokens of a sequence.</summary>
    public const int Sequence = 512;

    /// <summary>Tokens of a step.</summary>
    public const int Tokens = Batch * Sequence;

    /// <summary>
    /// A Pythia size; <c>10m</c>, which is Pythia's block six times at width 384 with a vocabulary of 8,192; or <c>bytes</c>,
    /// pythia-14m's blocks over a vocabulary of bytes, for loss curves.
    /// </summary>
    public static TransformerConfig Named(string name) => name switch
    {
        "10m" => Pythia("70m") with { VocabularySize = 8192, HiddenSize = 384, Heads = 6, IntermediateSize = 4 * 384 },
        "bytes" => Pythia("14m") with { VocabularySize = 256 },
        _ => Pythia(name),
    };

    /// <summary>Frequent and rare tokens, as in text: the cube of a uniform number.</summary>
    public static int[] RandomTokens(int vocabulary, int count)
    {
        Random random = new(1);
        int[] tokens = new int[count];
        for (int i = 0; i < tokens.Length; i++)
            tokens[i] = (int)(vocabulary * Math.Pow(random.NextDouble(), 3));
        return tokens;
    }

    // The tanh form is what Pythia was trained with.
    private static TransformerConfig Pythia(string name) => PythiaSizes.Named(name).Config with { Activation = Activation.GeluTanh };
}
