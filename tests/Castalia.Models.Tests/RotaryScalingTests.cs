using System.Text.Json;

namespace Castalia.Models.Tests;

/// <summary>Frequencies against the reference's, and by hand.</summary>
public sealed class RotaryScalingTests
{
    [Fact]
    public void Yarn_equals_its_reference()
    {
        JsonElement[] cases = [.. JsonDocument.Parse(File.ReadAllBytes(Path.Combine(GoldenModel.Folder("rotary"), "yarn_vectors.json"))).RootElement.EnumerateArray()];
        Assert.Equal(4, cases.Length);
        foreach (JsonElement expected in cases)
        {
            int dimensions = expected.GetProperty("dim").GetInt32();
            double rotaryBase = expected.GetProperty("base").GetDouble();
            var yarn = new YarnRotaryScaling(expected.GetProperty("factor").GetDouble(), expected.GetProperty("original_max_position_embeddings").GetInt32());
            Assert.Equal((expected.GetProperty("low").GetDouble(), expected.GetProperty("high").GetDouble()), yarn.Bounds(rotaryBase, dimensions));
            Assert.Equal(expected.GetProperty("attention_factor").GetDouble(), yarn.Magnitude, 1e-12);
            double[] frequencies = yarn.Frequencies(rotaryBase, dimensions, 0);
            double[] truth = expected.GetProperty("inv_freq").Deserialize<double[]>()!;
            Assert.Equal(truth.Length, frequencies.Length);
            for (int k = 0; k < truth.Length; k++)
                Assert.InRange(frequencies[k] / truth[k], 1 - 3e-7, 1 + 3e-7);
        }
    }

    [Fact]
    public void Yarns_magnitude_follows_its_fields()
    {
        Assert.Equal(1, new YarnRotaryScaling(1, 16).Magnitude);
        Assert.Equal(0.7, new YarnRotaryScaling(4, 16) { AttentionFactor = 0.7, Mscale = 2, MscaleAllDim = 1 }.Magnitude);
        double log = Math.Log(4);
        Assert.Equal((0.2 * log + 1) / (0.05 * log + 1), new YarnRotaryScaling(4, 16) { Mscale = 2, MscaleAllDim = 0.5 }.Magnitude, 1e-12);
        Assert.Equal(0.1 * log + 1, new YarnRotaryScaling(4, 16) { Mscale = 2 }.Magnitude, 1e-12);
        (double low, double high) = new YarnRotaryScaling(4, 2048) { Truncate = false }.Bounds(10000, 64);
        Assert.NotEqual(Math.Floor(low), low);
        Assert.NotEqual(Math.Ceiling(high), high);
    }

    [Fact]
    public void Dynamic_scaling_begins_beyond_the_trained_length()
    {
        var dynamic = new DynamicRotaryScaling(2, 100);
        double[] trained = RotaryScaling.Unscaled(10000, 16);
        Assert.Equal(trained, dynamic.Frequencies(10000, 16, 100));
        // 2 * 150 / 100 - 1 = 2, to the power of 16 / 14.
        Assert.Equal(RotaryScaling.Unscaled(10000 * Math.Pow(2, 16.0 / 14), 16), dynamic.Frequencies(10000, 16, 150));
    }

    [Fact]
    public void Llama_3_keeps_fast_dimensions_and_divides_slow_ones()
    {
        var llama3 = new Llama3RotaryScaling(8, 8192, 1, 4);
        double[] trained = RotaryScaling.Unscaled(500000, 128), scaled = llama3.Frequencies(500000, 128, 0);
        int between = 0;
        for (int k = 0; k < trained.Length; k++)
        {
            double wavelength = 2 * Math.PI / trained[k], ratio = scaled[k] / trained[k];
            if (wavelength < 2048)
                Assert.Equal(1, ratio, 1e-6);
            else if (wavelength > 8192)
                Assert.Equal(1.0 / 8, ratio, 1e-6);
            else
            {
                between++;
                Assert.InRange(ratio, 1.0 / 8, 1);
            }
        }
        Assert.InRange(between, 3, 20);
    }

    [Fact]
    public void A_quarter_of_any_head_turns_the_dimensions_it_was_made_of()
    {
        for (int headSize = 2; headSize <= 300; headSize++)
        {
            for (int dimensions = 2; dimensions <= headSize; dimensions += 2)
                Assert.Equal(dimensions, new RotaryPositions(Fraction: RotaryPositions.FractionOf(dimensions, headSize)).Dimensions(headSize));
        }
    }

    [Fact]
    public void Slopes_are_powers_of_two_and_between_them_for_other_numbers_of_heads()
    {
        Assert.Equal([0.5f, 0.25f, 0.125f, 0.0625f, 0.03125f, 0.015625f, 0.0078125f, 0.00390625f], AlibiPositions.Slopes(8));
        Assert.Equal([0.00390625f], AlibiPositions.Slopes(1));
        float[] twelve = AlibiPositions.Slopes(12);
        Assert.Equal(AlibiPositions.Slopes(8), twelve[..8]);
        foreach ((float expected, float found) in ((float[])[0.70710678f, 0.35355339f, 0.1767767f, 0.08838835f]).Zip(twelve[8..]))
            Assert.Equal(expected, found, 1e-6);
    }
}
