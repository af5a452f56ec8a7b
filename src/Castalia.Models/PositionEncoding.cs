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
/// Rotary positions (Su et al. 2021): the first <see cref="Dimensions">dimensions</see> of every query and key are turned, dimension k
/// together with dimension k + half ("half split", GPT-NeoX and Llama), by position × base^(−2k/dimensions).
/// </summary>
/// <param name="Base">The base of the frequencies, HF's <c>rope_theta</c>.</param>
/// <param name="Fraction">The share of a head's dimensions that are turned: 0.25 in Pythia, 1 in Llama. HF's <c>rotary_pct</c>.</param>
/// <param name="Scaling">How frequencies are stretched to reach beyond the trained length; null for as they are.</param>
public sealed record RotaryPositions(double Base = 10000, double Fraction = 0.25, RotaryScaling? Scaling = null) : PositionEncoding
{
    /// <summary>How many of a head's dimensions are turned: the whole part of head size × <see cref="Fraction"/>.</summary>
    /// <param name="headSize">Width of one attention head.</param>
    public int Dimensions(int headSize) => (int)(headSize * Fraction);

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
    }
}

/// <summary>How rotary frequencies are stretched to reach beyond the trained length.</summary>
public abstract record RotaryScaling
{
    /// <summary>Refuses numbers that make no scaling.</summary>
    /// <exception cref="ArgumentException">The message says which number.</exception>
    public abstract void Validate();
}

/// <summary>Position interpolation (Chen et al. 2023): every frequency is divided by the factor. HF: <c>linear</c>.</summary>
/// <param name="Factor">By how much the reach grows.</param>
public sealed record LinearRotaryScaling(double Factor) : RotaryScaling
{
    /// <inheritdoc/>
    public override void Validate()
    {
        if (!(Factor >= 1 && double.IsFinite(Factor)))
            throw new ArgumentException($"The rotary scaling factor is {Factor}; expected a number of at least 1.");
    }
}
