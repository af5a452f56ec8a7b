using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>Which dimensions of a head rotate together.</summary>
public enum RotaryPairing
{
    /// <summary>Dimension i with i + r/2, of r rotated ones: GPT-NeoX, Pythia, Llama in Hugging Face's order.</summary>
    Half,

    /// <summary>Dimension 2i with 2i + 1: GPT-J, and Su et al. (2021) themselves.</summary>
    Interleaved,
}

/// <summary>The cosines and sines of rotary position embeddings (Su et al., 2021), in fp32, for positions 0 up to a length.</summary>
public sealed class RotaryTable : IDisposable
{
    /// <summary>Computes a table in double and rounds it once.</summary>
    /// <param name="inverseFrequencies">Radians a position for each pair of dimensions. Scaling schemes (linear, NTK, YaRN) change these.</param>
    /// <param name="positions">The number of positions.</param>
    /// <param name="pairing">Which dimensions rotate together.</param>
    /// <param name="magnitude">What cosines and sines are multiplied by: YaRN's mscale, else 1.</param>
    public RotaryTable(ReadOnlySpan<double> inverseFrequencies, int positions, RotaryPairing pairing = RotaryPairing.Half, double magnitude = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(positions);
        Libtorch.Initialize();
        Positions = positions;
        Pairing = pairing;
        Pairs = inverseFrequencies.Length;
        float[] cosines = new float[positions * Pairs];
        float[] sines = new float[positions * Pairs];
        for (int position = 0; position < positions; position++)
        {
            for (int pair = 0; pair < Pairs; pair++)
            {
                (double sine, double cosine) = Math.SinCos(position * inverseFrequencies[pair]);
                cosines[position * Pairs + pair] = (float)(cosine * magnitude);
                sines[position * Pairs + pair] = (float)(sine * magnitude);
            }
        }
        Cosines = tensor(cosines, [positions, Pairs]).DetachFromDisposeScope();
        Sines = tensor(sines, [positions, Pairs]).DetachFromDisposeScope();
    }

    /// <summary>A table of the unscaled frequencies <c>base^(-2i/dimensions)</c>.</summary>
    /// <param name="dimensions">The rotated dimensions of a head, an even number.</param>
    /// <param name="positions">The number of positions.</param>
    /// <param name="frequencyBase">Theta, 10,000 as a rule.</param>
    /// <param name="pairing">Which dimensions rotate together.</param>
    public static RotaryTable Standard(int dimensions, int positions, double frequencyBase = 10_000, RotaryPairing pairing = RotaryPairing.Half)
    {
        if (dimensions < 0 || dimensions % 2 != 0)
            throw new ArgumentException($"The rotated dimensions are an even number, not {dimensions}.", nameof(dimensions));
        double[] frequencies = new double[dimensions / 2];
        for (int i = 0; i < frequencies.Length; i++)
            frequencies[i] = Math.Pow(frequencyBase, -2.0 * i / dimensions);
        return new RotaryTable(frequencies, positions, pairing);
    }

    /// <summary>The number of positions.</summary>
    public int Positions { get; }

    /// <summary>Half the number of rotated dimensions; the dimensions of a head beyond them pass unchanged.</summary>
    public int Pairs { get; }

    /// <summary>Which dimensions rotate together.</summary>
    public RotaryPairing Pairing { get; }

    /// <summary>fp32. <c>[positions, pairs]</c></summary>
    public Tensor Cosines { get; }

    /// <summary>fp32. <c>[positions, pairs]</c></summary>
    public Tensor Sines { get; }

    /// <summary>Frees the table.</summary>
    public void Dispose()
    {
        Cosines.Dispose();
        Sines.Dispose();
    }
}
