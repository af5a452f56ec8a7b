using Castalia.Tensors;
using static TorchSharp.torch;

namespace Castalia.Models.Tests;

public sealed class WeightInitTests
{
    private static readonly TransformerConfig Small = PythiaSizes.Named("14m").Config with { VocabularySize = 1024 };

    [Fact]
    public void Each_parameter_has_the_distribution_of_its_role()
    {
        using var scope = NewDisposeScope();
        using TransformerWeights weights = WeightInit.Pythia.Create(Small, seed: 1);
        foreach (ParameterSpec parameter in ParameterNames.Of(Small))
        {
            Tensor values = weights[parameter.Name];
            double deviation = parameter.Role switch
            {
                ParameterRole.Embedding or ParameterRole.Unembedding or ParameterRole.Input => Math.Sqrt(2.0 / (5 * 128)),
                ParameterRole.Output => 2 / (6 * Math.Sqrt(128)),
                _ => 0,
            };
            double mean = parameter is { Role: ParameterRole.Norm } && parameter.Name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0;
            double error = 5 / Math.Sqrt(parameter.Count);
            Assert.InRange(values.mean().item<float>(), mean - error * deviation, mean + error * deviation);
            if (deviation == 0)
                Assert.Equal(0, values.std().item<float>());
            else
                Assert.InRange(values.std().item<float>() / deviation, 1 - error, 1 + error);
        }
    }

    [Fact]
    public void Deviates_are_normal_in_shape()
    {
        float[] numbers = new float[1 << 20];
        NormalNumbers.Fill(numbers, 1, new RandomBits(7, "shape", 0));
        // Shares beyond 1, 2 and 3 deviations, within five standard errors.
        foreach ((double bound, double share) in (IEnumerable<(double, double)>)[(1, 0.317310508), (2, 0.045500264), (3, 0.002699796)])
        {
            double found = numbers.Count(number => Math.Abs(number) > bound) / (double)numbers.Length;
            Assert.InRange(found, share - 5 * Math.Sqrt(share / numbers.Length), share + 5 * Math.Sqrt(share / numbers.Length));
        }
        double neighbours = numbers.Zip(numbers.Skip(1), (a, b) => (double)a * b).Average();
        Assert.InRange(neighbours, -5e-3, 5e-3);
    }

    [Fact]
    public void Bits_are_those_of_xoshiro256_starstar()
    {
        // The first outputs from the state 1, 2, 3, 4, as in the authors' code.
        var bits = new RandomBits(1, 2, 3, 4);
        Assert.Equal([11520UL, 0UL, 1509978240UL, 1215971899390074240UL], [bits.Next(), bits.Next(), bits.Next(), bits.Next()]);
    }

    [Fact]
    public void The_logarithm_is_right_to_the_last_places()
    {
        CsCheck.Check.Sample(CsCheck.Gen.Double[1e-300, 1], x => Math.Abs(NormalNumbers.Log(x) - Math.Log(x)) <= 4e-16 * Math.Max(1, Math.Abs(Math.Log(x))));
    }

    [Fact]
    public void Equal_seeds_give_equal_bits_at_any_thread_count_and_other_seeds_others()
    {
        Libtorch.Initialize(1);
        string one = Hash(WeightInit.Pythia, seed: 42);
        Libtorch.Initialize(Environment.ProcessorCount);
        Assert.Equal(one, Hash(WeightInit.Pythia, seed: 42));
        Assert.NotEqual(one, Hash(WeightInit.Pythia, seed: 43));
        Assert.NotEqual(one, Hash(WeightInit.Normal, seed: 42));

        static string Hash(WeightInit init, long seed)
        {
            using TransformerWeights weights = init.Create(Small, seed);
            return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(weights.Flat.Flat.bytes));
        }
    }

    [Fact]
    public void A_bf16_copy_is_the_rounded_master_in_the_same_layout()
    {
        using var scope = NewDisposeScope();
        using TransformerWeights master = WeightInit.Normal.Create(Small, seed: 3);
        using TransformerWeights copy = master.To(ScalarType.BFloat16);
        Assert.Equal(master.Flat.Length, copy.Flat.Length);
        Assert.True(copy.Flat.Flat.eq(master.Flat.Flat.to(ScalarType.BFloat16)).all().item<bool>());
    }

    [Fact]
    public void Weight_decay_spares_biases_and_norms_only()
    {
        foreach (ParameterSpec parameter in ParameterNames.Of(Small))
            Assert.Equal(parameter.Shape.Length == 2, parameter.Decays);
    }
}
