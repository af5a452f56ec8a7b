using Castalia.Tensors;

namespace Castalia.Models;

/// <summary>How the model knows where a token stands, with the numbers of that kind.</summary>
public abstract record PositionEncoding
{
    /// <summary>Refuses numbers that make no encoding.</summary>
    /// <param name="headSize">Width of one attention head.</param>
    /// <exception cref="ArgumentException">The message says which number.</exception>
    public abstract void Validate(int headSize);
}

/// <summary>
/// Rotary positions (Su et al. 2021): the first <see cref="Dimensions">dimensions</see> of every query and key are turned in pairs by
/// position × base^(−2k/dimensions).
/// </summary>
/// <param name="Base">The base of the frequencies, HF's <c>rope_theta</c>.</param>
/// <param name="Fraction">The share of a head's dimensions that are turned: 0.25 in Pythia, 1 in Llama. HF's <c>rotary_pct</c>.</param>
/// <param name="Scaling">How frequencies are stretched to reach beyond the trained length; null for as they are.</param>
/// <param name="Pairing">Which dimensions turn together: k with k + half (GPT-NeoX, Llama), or 2k with 2k + 1 (GPT-J).</param>
public sealed record RotaryPositions(
    double Base = 10000, double Fraction = 0.25, RotaryScaling? Scaling = null, RotaryPairing Pairing = RotaryPairing.Half) : PositionEncoding
{
    /// <summary>How many of a head's dimensions are turned: the whole part of head size × <see cref="Fraction"/>.</summary>
    /// <param name="headSize">Width of one attention head.</param>
    public int Dimensions(int headSize) => (int)(headSize * Fraction);

    /// <summary>The fraction that turns exactly so many dimensions of a head.</summary>
    public static double FractionOf(int dimensions, int headSize)
    {
        double fraction = (double)dimensions / headSize;
        return (int)(headSize * fraction) < dimensions ? Math.BitIncrement(fraction) : fraction;
    }

    /// <inheritdoc/>
    public override void Validate(int headSize)
    {
        if (!(Base > 1 && double.IsFinite(Base)))
            throw new ArgumentException($"The rotary base is {Base}; expected a number above 1.");
        if (!(Fraction > 0 && Fraction <= 1))
            throw new ArgumentException($"The rotary fraction is {Fraction}; expected a number above 0 and at most 1.");
        int dimensions = Dimensions(headSize);
        if (dimensions < 2 || dimensions % 2 != 0)
            throw new ArgumentException($"A fraction {Fraction} of a head of {headSize} turns {dimensions} dimensions; expected an even number of at least 2.");
        Scaling?.Validate();
        if (Scaling is DynamicRotaryScaling && dimensions == 2)
            throw new ArgumentException("Dynamic scaling turns at least 4 dimensions of a head, not 2.");
    }
}

/// <summary>A learned vector for every position, added to the embedding: a model with it cannot read past its last position.</summary>
/// <param name="Offset">The row of the first position in the table: 2 in OPT.</param>
/// <param name="SkipsPadding">Whether padding on the left takes no position: positions are counted over the mask in OPT, over the columns in GPT-2 and GPT-Neo.</param>
public sealed record LearnedPositions(int Offset = 0, bool SkipsPadding = false) : PositionEncoding
{
    /// <inheritdoc/>
    public override void Validate(int headSize)
    {
        if (Offset is < 0 or > 1024)
            throw new ArgumentException($"The first position's row is {Offset}; expected a number from 0 to 1024.");
    }
}

/// <summary>
/// Attention with linear biases (Press, Smith and Lewis 2022): every head adds its slope × (key's position − query's position) to its scores.
/// </summary>
public sealed record AlibiPositions : PositionEncoding
{
    /// <summary>
    /// The slopes of so many heads: 2^(−8h/n) for a power of two n; otherwise those of the power of two below, then every second one of the
    /// power of two above.
    /// </summary>
    public static float[] Slopes(int heads)
    {
        int power = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)heads + 1) / 2;
        IEnumerable<float> below = Enumerable.Range(1, power).Select(h => Slope(h, power));
        IEnumerable<float> between = Enumerable.Range(0, heads - power).Select(h => Slope(2 * h + 1, 2 * power));
        return [.. below, .. between];
    }

    // As the reference does, a power of a base in single precision.
    private static float Slope(int exponent, int heads) => (float)Math.Pow((float)Math.Pow(2, -8.0 / heads), exponent);

    /// <inheritdoc/>
    public override void Validate(int headSize)
    {
    }
}
