using Castalia.Models;
using Castalia.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Training;

/// <summary>
/// One model being trained: its fp32 weights, the copy that computes, the optimizer, and the step that ties them. Knows nothing of files,
/// schedules or progress.
/// </summary>
/// <remarks>
/// Forward and backward run on <see cref="Model"/>, which in fp32 has the master weights themselves and in bf16 a rounded copy (Micikevicius et
/// al. 2018). Gradients of micro-batches are summed in fp32; clipping and averaging are one factor inside the optimizer's pass.
/// </remarks>
public sealed class TrainingStep : IDisposable
{
    private readonly TrainingOptions _options;

    /// <summary>Makes ready to train.</summary>
    /// <param name="weights">fp32 weights to begin with; taken over and disposed of with this object.</param>
    /// <param name="options">How to train: sizes, precision and the optimizer's constants are read.</param>
    /// <exception cref="ArgumentException">The weights are not fp32.</exception>
    public TrainingStep(TransformerWeights weights, TrainingOptions options)
    {
        if (weights.DType != ScalarType.Float32)
            throw new ArgumentException($"Training begins with fp32 weights, not {weights.DType}.", nameof(weights));
        _options = options;
        Weights = weights;
        Optimizer = new FusedAdamW(weights.Flat, new AdamWOptions(options.Beta1, options.Beta2, options.Epsilon, options.WeightDecay));
        Gradients = weights.Flat.NewLike(ScalarType.Float32);
        if (options.Precision == TrainingPrecision.BFloat16)
        {
            Model = new Transformer(weights.To(ScalarType.BFloat16, requiresGrad: true));
        }
        else
        {
            foreach (TensorSpec spec in weights.Flat.Specs)
                weights[spec.Name].requires_grad = true;
            Model = new Transformer(weights);
        }
    }

    /// <summary>The fp32 master weights, which the optimizer changes.</summary>
    public TransformerWeights Weights { get; }

    /// <summary>The model that computes.</summary>
    public Transformer Model { get; }

    /// <summary>AdamW with its state and step count.</summary>
    public FusedAdamW Optimizer { get; }

    /// <summary>The last step's gradient, fp32, summed over its micro-batches and unclipped unless the optimizer had to scale it.</summary>
    public FlatTensors Gradients { get; }

    /// <summary>
    /// One update. Where the loss or the gradient is not finite, weights and optimizer stay as they were and the outcome says so.
    /// </summary>
    /// <param name="samples">Token ids, row after row of sequence length + 1. <c>[batch, sequence + 1]</c></param>
    /// <param name="learningRate">This update's learning rate.</param>
    public StepOutcome Run(ReadOnlySpan<int> samples, double learningRate)
    {
        int passes = Passes(samples);
        double loss = 0;
        for (int pass = 0; pass < passes; pass++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor passLoss = MeanLoss(Pass(samples, pass));
            passLoss.backward();
            Model.Weights.Flat.TakeGradients(Gradients, accumulate: pass > 0);
            loss += passLoss.item<float>();
        }
        loss /= passes;
        double norm = GradientNorm.Of(Gradients.Flat) / passes;
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
            return new StepOutcome(loss, norm, Applied: false);

        double clip = _options.GradientClip > 0 ? GradientNorm.ClipFactor(norm, _options.GradientClip) : 1;
        Optimizer.Step(Gradients, learningRate, gradientScale: clip / passes);
        RefreshModel();
        return new StepOutcome(loss, norm, Applied: true);
    }

    /// <summary>The mean cross-entropy of samples, in nats, computed as training computes it but without gradients.</summary>
    /// <param name="samples">Token ids, row after row of sequence length + 1. <c>[batch, sequence + 1]</c></param>
    public double Loss(ReadOnlySpan<int> samples)
    {
        using IDisposable noGrad = no_grad();
        int passes = Passes(samples);
        double loss = 0;
        for (int pass = 0; pass < passes; pass++)
        {
            using DisposeScope scope = NewDisposeScope();
            loss += MeanLoss(Pass(samples, pass)).item<float>();
        }
        return loss / passes;
    }

    /// <summary>Carries <see cref="Weights"/> over to <see cref="Model"/> after they were changed from outside: loaded from a checkpoint.</summary>
    public void RefreshModel()
    {
        if (!ReferenceEquals(Model.Weights, Weights))
            Model.Weights.Flat.CopyFrom(Weights.Flat);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Gradients.Dispose();
        Optimizer.Dispose();
        Model.Dispose();
        if (!ReferenceEquals(Model.Weights, Weights))
            Weights.Dispose();
    }

    private int RowLength => _options.SequenceLength + 1;

    private int Passes(ReadOnlySpan<int> samples)
    {
        if (samples.Length == 0 || samples.Length % (RowLength * _options.SamplesPerPass) != 0)
        {
            throw new ArgumentException(
                $"Expected micro-batches of {_options.SamplesPerPass} samples of {RowLength} tokens, found {samples.Length} tokens.", nameof(samples));
        }
        return samples.Length / (RowLength * _options.SamplesPerPass);
    }

    private ReadOnlySpan<int> Pass(ReadOnlySpan<int> samples, int pass)
    {
        int length = RowLength * _options.SamplesPerPass;
        return samples.Slice(pass * length, length);
    }

    // Called in the caller's dispose scope.
    private Tensor MeanLoss(ReadOnlySpan<int> samples)
    {
        int sequence = _options.SequenceLength;
        int rows = samples.Length / RowLength;
        long[] inputs = new long[rows * sequence];
        long[] labels = new long[rows * sequence];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<int> tokens = samples.Slice(row * RowLength, RowLength);
            for (int i = 0; i < sequence; i++)
            {
                inputs[row * sequence + i] = tokens[i];
                labels[row * sequence + i] = tokens[i + 1];
            }
        }
        Tensor hidden = Model.Hidden(tensor(inputs, [rows, sequence]));             // [rows, sequence, hidden]
        return ChunkedCrossEntropy.Mean(hidden.flatten(0, 1), Model.Weights.Unembedding, tensor(labels), bias: Model.Weights.UnembeddingBias);
    }
}

/// <summary>What one step came to.</summary>
/// <param name="Loss">Mean cross-entropy before the update, in nats.</param>
/// <param name="GradientNorm">Euclidean norm of the mean gradient before clipping.</param>
/// <param name="Applied">Whether the update was made: false where loss or norm is not finite.</param>
public readonly record struct StepOutcome(double Loss, double GradientNorm, bool Applied);
