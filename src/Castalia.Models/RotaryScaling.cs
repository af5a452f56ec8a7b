namespace Castalia.Models;

/// <summary>How rotary frequencies are stretched to reach beyond the trained length.</summary>
public abstract record RotaryScaling
{
    /// <summary>What cosines and sines are multiplied by.</summary>
    public virtual double Magnitude => 1;

    /// <summary>Radians a position of each pair of dimensions, in fp32 as transformers has them.</summary>
    /// <param name="rotaryBase">The base of the frequencies as trained.</param>
    /// <param name="dimensions">How many of a head's dimensions are turned.</param>
    /// <param name="length">Tokens of the longest sequence of the pass; only <see cref="DynamicRotaryScaling"/> asks.</param>
    public abstract double[] Frequencies(double rotaryBase, int dimensions, long length);

    /// <summary>Refuses numbers that make no scaling.</summary>
    /// <exception cref="ArgumentException">The message says which number.</exception>
    public abstract void Validate();

    /// <summary>Frequencies as trained: base^(−2k/dimensions), rounded to fp32.</summary>
    public static double[] Unscaled(double rotaryBase, int dimensions) =>
        [.. Enumerable.Range(0, dimensions / 2).Select(k => (double)(float)(1 / Math.Pow(rotaryBase, 2.0 * k / dimensions)))];

    private protected static void RequireFactor(double factor)
    {
        if (!(factor >= 1 && double.IsFinite(factor)))
            throw new ArgumentException($"The rotary scaling factor is {factor}; expected a number of at least 1.");
    }

    private protected static void RequireLength(int length)
    {
        if (length <= 0)
            throw new ArgumentException($"The original number of positions is {length}; expected a positive number.");
    }
}

/// <summary>Position interpolation (Chen et al. 2023): every frequency is divided by the factor. HF: <c>linear</c>.</summary>
/// <param name="Factor">By how much the reach grows.</param>
public sealed record LinearRotaryScaling(double Factor) : RotaryScaling
{
    /// <inheritdoc/>
    public override double[] Frequencies(double rotaryBase, int dimensions, long length) =>
        [.. Unscaled(rotaryBase, dimensions).Select(frequency => (double)(float)(frequency / Factor))];

    /// <inheritdoc/>
    public override void Validate() => RequireFactor(Factor);
}

/// <summary>
/// NTK-aware scaling that follows the sequence's length: a pass over more tokens than were trained for turns by a larger base,
/// base · (factor · length/original − (factor − 1))^(d/(d − 2)). HF: <c>dynamic</c>.
/// </summary>
/// <param name="Factor">By how much the reach grows.</param>
/// <param name="OriginalPositions">The trained length.</param>
public sealed record DynamicRotaryScaling(double Factor, int OriginalPositions) : RotaryScaling
{
    /// <inheritdoc/>
    public override double[] Frequencies(double rotaryBase, int dimensions, long length)
    {
        double longest = Math.Max(length, OriginalPositions);
        double stretch = Factor * longest / OriginalPositions - (Factor - 1);
        return Unscaled(rotaryBase * Math.Pow(stretch, dimensions / (dimensions - 2.0)), dimensions);
    }

    /// <inheritdoc/>
    public override void Validate()
    {
        RequireFactor(Factor);
        RequireLength(OriginalPositions);
    }
}

/// <summary>
/// YaRN (Peng et al. 2023): fast dimensions keep their frequency, slow ones are divided by the factor, those between are blended;
/// cosines and sines grow by a magnitude. HF: <c>yarn</c>.
/// </summary>
/// <param name="Factor">By how much the reach grows.</param>
/// <param name="OriginalPositions">The trained length.</param>
public sealed record YarnRotaryScaling(double Factor, int OriginalPositions) : RotaryScaling
{
    /// <summary>Dimensions that make more turns than this over the trained length keep their frequency.</summary>
    public double BetaFast { get; init; } = 32;

    /// <summary>Dimensions that make fewer turns than this are divided by the whole factor.</summary>
    public double BetaSlow { get; init; } = 1;

    /// <summary>What cosines and sines are multiplied by; null for what the other numbers give.</summary>
    public double? AttentionFactor { get; init; }

    /// <summary>DeepSeek's weight of the magnitude; counts only together with <see cref="MscaleAllDim"/>.</summary>
    public double? Mscale { get; init; }

    /// <summary>DeepSeek's weight of the magnitude that is divided by.</summary>
    public double? MscaleAllDim { get; init; }

    /// <summary>Whether the bounds between fast and slow are whole dimensions.</summary>
    public bool Truncate { get; init; } = true;

    /// <inheritdoc/>
    public override double Magnitude
    {
        get
        {
            if (AttentionFactor is double given)
                return given;
            return Mscale is double m && m != 0 && MscaleAllDim is double all && all != 0 ? Growth(m) / Growth(all) : Growth(1);
        }
    }

    private double Growth(double weight) => Factor <= 1 ? 1 : 0.1 * weight * Math.Log(Factor) + 1;

    /// <summary>The pairs of dimensions between which frequencies are blended.</summary>
    public (double Low, double High) Bounds(double rotaryBase, int dimensions)
    {
        double low = Pair(BetaFast), high = Pair(BetaSlow);
        if (Truncate)
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        return (Math.Max(low, 0), Math.Min(high, dimensions - 1));

        double Pair(double turns) => dimensions * Math.Log(OriginalPositions / (turns * 2 * Math.PI)) / (2 * Math.Log(rotaryBase));
    }

    /// <inheritdoc/>
    public override double[] Frequencies(double rotaryBase, int dimensions, long length)
    {
        (double low, double high) = Bounds(rotaryBase, dimensions);
        if (low == high)
            high += 0.001; // as the reference does, against a division by zero
        double[] frequencies = Unscaled(rotaryBase, dimensions);
        for (int k = 0; k < frequencies.Length; k++)
        {
            double slow = Math.Clamp((k - low) / (high - low), 0, 1);
            frequencies[k] = (float)(frequencies[k] / Factor * slow + frequencies[k] * (1 - slow));
        }
        return frequencies;
    }

    /// <inheritdoc/>
    public override void Validate()
    {
        RequireFactor(Factor);
        RequireLength(OriginalPositions);
        if (!(BetaFast > 0 && BetaSlow > 0 && double.IsFinite(BetaFast) && double.IsFinite(BetaSlow)))
            throw new ArgumentException($"YaRN's beta_fast and beta_slow are {BetaFast} and {BetaSlow}; expected numbers above 0.");
        if (!(Magnitude > 0 && double.IsFinite(Magnitude)))
            throw new ArgumentException($"YaRN's attention factor comes to {Magnitude}; expected a number above 0.");
    }
}

/// <summary>
/// Llama 3.1's scaling: wavelengths above original/<see cref="LowFrequencyFactor"/> are divided by the factor, those below
/// original/<see cref="HighFrequencyFactor"/> kept, those between blended. HF: <c>llama3</c>.
/// </summary>
/// <param name="Factor">By how much the reach grows.</param>
/// <param name="OriginalPositions">The trained length.</param>
/// <param name="LowFrequencyFactor">HF's <c>low_freq_factor</c>.</param>
/// <param name="HighFrequencyFactor">HF's <c>high_freq_factor</c>.</param>
public sealed record Llama3RotaryScaling(double Factor, int OriginalPositions, double LowFrequencyFactor, double HighFrequencyFactor) : RotaryScaling
{
    /// <inheritdoc/>
    public override double[] Frequencies(double rotaryBase, int dimensions, long length)
    {
        double[] frequencies = Unscaled(rotaryBase, dimensions);
        for (int k = 0; k < frequencies.Length; k++)
        {
            double wavelength = 2 * Math.PI / frequencies[k];
            double kept = wavelength < OriginalPositions / HighFrequencyFactor ? 1
                : wavelength > OriginalPositions / LowFrequencyFactor ? 0
                : (OriginalPositions / wavelength - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor);
            frequencies[k] = (float)((1 - kept) * frequencies[k] / Factor + kept * frequencies[k]);
        }
        return frequencies;
    }

    /// <inheritdoc/>
    public override void Validate()
    {
        RequireFactor(Factor);
        RequireLength(OriginalPositions);
        if (!(LowFrequencyFactor > 0 && HighFrequencyFactor > LowFrequencyFactor && double.IsFinite(HighFrequencyFactor)))
        {
            throw new ArgumentException(
                $"Llama 3's low and high frequency factors are {LowFrequencyFactor} and {HighFrequencyFactor}; expected the first above 0 and the second above the first.");
        }
    }
}
