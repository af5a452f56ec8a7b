using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>The numbers of AdamW other than the learning rate, which changes every step. The defaults are Pythia's.</summary>
/// <param name="Beta1">Decay of the gradient's running mean.</param>
/// <param name="Beta2">Decay of the squared gradient's running mean.</param>
/// <param name="Epsilon">Added to the root of the second mean.</param>
/// <param name="WeightDecay">Decoupled decay of the tensors whose <see cref="TensorSpec.Decay"/> is set, times the learning rate.</param>
public sealed record AdamWOptions(double Beta1 = 0.9, double Beta2 = 0.95, double Epsilon = 1e-8, double WeightDecay = 0.1);

/// <summary>
/// AdamW (Loshchilov and Hutter, 2019) over flat buffers: the whole model in two passes of libtorch's fused kernel, one for the decayed
/// segment and one for the rest. State is fp32.
/// </summary>
public sealed class FusedAdamW : IDisposable
{
    private readonly FlatTensors _weights;
    private readonly Tensor _step;

    /// <summary>Makes an optimizer with zero state.</summary>
    /// <param name="weights">The fp32 master weights that <see cref="Step"/> changes in place.</param>
    /// <param name="options">The constants; null for the defaults.</param>
    /// <exception cref="ArgumentException">The weights are not fp32.</exception>
    public FusedAdamW(FlatTensors weights, AdamWOptions? options = null)
    {
        if (weights.DType != ScalarType.Float32)
            throw new ArgumentException($"AdamW needs fp32 master weights, not {weights.DType}.", nameof(weights));
        _weights = weights;
        Options = options ?? new AdamWOptions();
        Mean = weights.NewLike(ScalarType.Float32);
        Variance = weights.NewLike(ScalarType.Float32);
        _step = zeros([], dtype: ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <summary>The constants.</summary>
    public AdamWOptions Options { get; }

    /// <summary>The running mean of the gradient (<c>exp_avg</c>), laid out as the weights. Part of a checkpoint.</summary>
    public FlatTensors Mean { get; }

    /// <summary>The running mean of the squared gradient (<c>exp_avg_sq</c>), laid out as the weights. Part of a checkpoint.</summary>
    public FlatTensors Variance { get; }

    /// <summary>How many steps have been taken. Part of a checkpoint: bias correction depends on it.</summary>
    public long StepCount { get; set; }

    /// <summary>Takes one step.</summary>
    /// <param name="gradients">fp32 gradients laid out as the weights. With a <paramref name="gradientScale"/> other than 1 they are scaled in place.</param>
    /// <param name="learningRate">This step's learning rate.</param>
    /// <param name="gradientScale">What gradients are multiplied by, in the same pass: the clipping factor.</param>
    public void Step(FlatTensors gradients, double learningRate, double gradientScale = 1)
    {
        StepCount++;
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        _step.fill_(StepCount);
        // The kernel divides by the scale.
        Tensor? divisor = gradientScale == 1 ? null : tensor((float)(1 / gradientScale));
        StepSegment(_weights.Decayed, gradients.Decayed, Mean.Decayed, Variance.Decayed, learningRate, Options.WeightDecay, divisor);
        StepSegment(_weights.NotDecayed, gradients.NotDecayed, Mean.NotDecayed, Variance.NotDecayed, learningRate, 0, divisor);
    }

    /// <summary>Frees the state.</summary>
    public void Dispose()
    {
        Mean.Dispose();
        Variance.Dispose();
        _step.Dispose();
    }

    private void StepSegment(Tensor weights, Tensor gradients, Tensor mean, Tensor variance, double learningRate, double decay, Tensor? divisor)
    {
        if (weights.numel() == 0)
            return;
        TorchDispatcher.FusedAdamW(weights, gradients, mean, variance, _step,
            learningRate, Options.Beta1, Options.Beta2, decay, Options.Epsilon, divisor);
    }
}
