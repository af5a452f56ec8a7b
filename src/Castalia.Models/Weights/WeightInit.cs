using static TorchSharp.torch;

namespace Castalia.Models;

/// <summary>
/// How a model's weights begin. Biases are 0, norm gains 1, matrices normal around 0 with the deviation their method gives. Equal seeds
/// give equal bits on every machine and at every thread count: each run of numbers comes from a generator of its own, whose state is
/// a hash of the seed, the parameter's name and the run's index, and only operations that IEEE 754 rounds exactly are used.
/// </summary>
/// <param name="Input">For embeddings and for matrices that read the residual stream.</param>
/// <param name="Output">For matrices that write to the residual stream.</param>
public sealed record WeightInit(InitMethod Input, InitMethod Output)
{
    private const int RunLength = 1 << 16, RunsAtOnce = 64;

    /// <summary>Pythia up to 2.8b and GPT-NeoX-20B: small_init, and wang_init where the residual stream is written.</summary>
    public static WeightInit Pythia { get; } = new(InitMethod.SmallInit, InitMethod.WangInit);

    /// <summary>GPT-2, and Pythia 6.9b and 12b: 0.02, and 0.02/√(2L) where the residual stream is written.</summary>
    public static WeightInit Normal { get; } = new(InitMethod.Normal, InitMethod.ScaledNormal);

    /// <summary>The standard deviation that a method gives the matrices of a model.</summary>
    public static double Deviation(InitMethod method, TransformerConfig config) => method switch
    {
        InitMethod.SmallInit => Math.Sqrt(2.0 / (5.0 * config.HiddenSize)),
        InitMethod.WangInit => 2.0 / (config.Layers * Math.Sqrt(config.HiddenSize)),
        InitMethod.Normal => 0.02,
        InitMethod.ScaledNormal => 0.02 / Math.Sqrt(2.0 * config.Layers),
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "No such initialisation."),
    };

    /// <summary>Makes a model's weights.</summary>
    /// <param name="config">The model.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="dtype">Their type; numbers are drawn in fp32 and rounded to it.</param>
    /// <param name="requiresGrad">Whether autograd gives them gradients.</param>
    public TransformerWeights Create(TransformerConfig config, long seed, ScalarType dtype = ScalarType.Float32, bool requiresGrad = false)
    {
        var weights = new TransformerWeights(config, dtype, requiresGrad);
        Fill(weights, seed);
        return weights;
    }

    /// <summary>Overwrites all of a model's weights.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="seed">The seed.</param>
    public void Fill(TransformerWeights weights, long seed)
    {
        using IDisposable noGradient = no_grad();
        foreach (ParameterSpec parameter in ParameterNames.Of(weights.Config))
        {
            using var scope = NewDisposeScope();
            switch (parameter.Role)
            {
                case ParameterRole.Bias:
                    weights[parameter.Name].alias().zero_();
                    break;
                case ParameterRole.Norm:
                    weights[parameter.Name].alias().fill_(parameter.Name.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0);
                    break;
                default:
                    InitMethod method = parameter.Role == ParameterRole.Output ? Output : Input;
                    FillNormal(weights[parameter.Name], parameter, Deviation(method, weights.Config), seed);
                    break;
            }
        }
    }

    private static void FillNormal(Tensor target, ParameterSpec parameter, double deviation, long seed)
    {
        long runs = (parameter.Count + RunLength - 1) / RunLength;
        var numbers = new float[Math.Min(parameter.Count, (long)RunLength * RunsAtOnce)];
        for (long first = 0; first < runs; first += RunsAtOnce)
        {
            long start = first * RunLength;
            int count = (int)Math.Min(numbers.Length, parameter.Count - start);
            Parallel.For(0, (count + RunLength - 1) / RunLength, run =>
            {
                Span<float> part = numbers.AsSpan(run * RunLength, Math.Min(RunLength, count - run * RunLength));
                NormalNumbers.Fill(part, deviation, new RandomBits(seed, parameter.Name, first + run));
            });
            using var scope = NewDisposeScope();
            target.view(-1).narrow(0, start, count).copy_(tensor(numbers.AsSpan(0, count).ToArray()));
        }
    }
}

/// <summary>Where a matrix's standard deviation comes from; d is the width of the residual stream, L the number of blocks.</summary>
public enum InitMethod
{
    /// <summary>√(2/(5d)) (Nguyen and Salazar 2019).</summary>
    SmallInit,

    /// <summary>2/(L√d) (Wang and Komatsuzaki 2021, in Mesh-Transformer-JAX).</summary>
    WangInit,

    /// <summary>0.02.</summary>
    Normal,

    /// <summary>0.02/√(2L) (Radford et al. 2019).</summary>
    ScaledNormal,
}
