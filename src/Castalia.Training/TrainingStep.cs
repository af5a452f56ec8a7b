using Castalia.Models;
using Castalia.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Training;

/// <summary>
/// One model being trained: its fp32 weights, or those of an adapter beside frozen ones, the copy that computes, the optimizer, and the step
/// that ties them. Knows nothing of files, schedules or progress.
/// </summary>
/// <remarks>
/// Forward and backward run on <see cref="Model"/>, which in fp32 has the master weights themselves and in bf16 a rounded copy (Micikevicius et
/// al. 2018). Gradients of micro-batches are summed in fp32; clipping and averaging are one factor inside the optimizer's pass.
/// </remarks>
public sealed class TrainingStep : IDisposable
{
    private readonly TrainingOptions _options;
    private readonly FlatTensors _computing; // what autograd gives gradients to: the master itself, or its bf16 copy

    /// <summary>Makes ready to train all weights.</summary>
    /// <param name="weights">fp32 weights to begin with; taken over and disposed of with this object.</param>
    /// <param name="options">How to train: sizes, precision and the optimizer's constants are read.</param>
    /// <exception cref="ArgumentException">The weights are not fp32.</exception>
    public TrainingStep(TransformerWeights weights, TrainingOptions options)
        : this(weights, weights.Flat, options)
    {
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
        _computing = Model.Weights.Flat;
    }

    /// <summary>Makes ready to train an adapter beside weights that stay as they are.</summary>
    /// <param name="frozen">The base's weights in the type of the passes; taken over and disposed of with this object.</param>
    /// <param name="adapter">The fp32 adapter to begin with; taken over and disposed of with this object.</param>
    /// <param name="options">How to train.</param>
    /// <exception cref="ArgumentException">The adapter is not fp32, or the base is not of the passes' type.</exception>
    public TrainingStep(TransformerWeights frozen, LoraAdapter adapter, TrainingOptions options)
        : this(frozen, adapter.Flat, options)
    {
        if (frozen.DType != TypeOf(options.Precision))
            throw new ArgumentException($"Passes in {TypeOf(options.Precision)} want a base of that type, not {frozen.DType}.", nameof(frozen));
        Adapter = adapter;
        Model = new Transformer(frozen);
        LoraAdapter attached = adapter.To(frozen.DType, requiresGrad: true);
        attached.AttachTo(frozen);
        _computing = attached.Flat;
    }

    private TrainingStep(TransformerWeights weights, FlatTensors master, TrainingOptions options)
    {
        if (master.DType != ScalarType.Float32)
            throw new ArgumentException($"Training begins with fp32 weights, not {master.DType}.", nameof(weights));
        (_options, Weights, Master) = (options, weights, master);
        Optimizer = new FusedAdamW(master, new AdamWOptions(options.Beta1, options.Beta2, options.Epsilon, options.WeightDecay));
        Gradients = master.NewLike(ScalarType.Float32);
        (Model, _computing) = (null!, null!); // made by the constructor that called
    }

    /// <summary>The model's weights: the fp32 master weights, which the optimizer changes, or the frozen ones beside an adapter.</summary>
    public TransformerWeights Weights { get; }

    /// <summary>The fp32 adapter that is trained; null where all weights are.</summary>
    public LoraAdapter? Adapter { get; }

    /// <summary>What the optimizer changes, in fp32: all weights, or the adapter's.</summary>
    public FlatTensors Master { get; }

    /// <summary>The model that computes.</summary>
    public Transformer Model { get; }

    /// <summary>AdamW with its state and step count.</summary>
    public FusedAdamW Optimizer { get; }

    /// <summary>The last step's gradient, fp32, summed over its micro-batches and unclipped unless the optimizer had to scale it.</summary>
    public FlatTensors Gradients { get; }

    /// <summary>The type that passes of a precision compute in.</summary>
    public static ScalarType TypeOf(TrainingPrecision precision) => precision == TrainingPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;

    /// <summary>One update on samples of which every token is learned; see <see cref="Run(TrainingBatch, double)"/>.</summary>
    /// <param name="samples">Token ids, row after row of sequence length + 1. <c>[batch, sequence + 1]</c></param>
    /// <param name="learningRate">This update's learning rate.</param>
    public StepOutcome Run(ReadOnlySpan<int> samples, double learningRate) => Run(new TrainingBatch(samples), learningRate);

    /// <summary>
    /// One update. Where the loss or the gradient is not finite, weights and optimizer stay as they were and the outcome says so. The
    /// loss is the mean over all labels of the batch, however they are spread over micro-batches; one without any is passed over.
    /// </summary>
    /// <param name="batch">What to learn.</param>
    /// <param name="learningRate">This update's learning rate.</param>
    public StepOutcome Run(TrainingBatch batch, double learningRate)
    {
        int passes = Passes(batch.Tokens);
        double loss = 0;
        long positions = 0;
        bool any = false;
        for (int pass = 0; pass < passes; pass++)
        {
            double weight = Weight(batch, pass, passes);
            if (weight == 0)
                continue;
            using DisposeScope scope = NewDisposeScope();
            Tensor passLoss = MeanLoss(Pass(batch, pass));
            (weight == 1 ? passLoss : passLoss * weight).backward();
            _computing.TakeGradients(Gradients, accumulate: any);
            loss += weight * passLoss.item<float>();
            positions += (long)_options.SamplesPerPass * Pass(batch, pass).LastLearned(RowLength);
            any = true;
        }
        if (!any)
            throw new ArgumentException("Nothing of the batch is to be learned.", nameof(batch));
        loss /= passes;
        double norm = GradientNorm.Of(Gradients.Flat) / passes;
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
            return new StepOutcome(loss, norm, Applied: false, positions);

        double clip = _options.GradientClip > 0 ? GradientNorm.ClipFactor(norm, _options.GradientClip) : 1;
        Optimizer.Step(Gradients, learningRate, gradientScale: clip / passes);
        RefreshModel();
        return new StepOutcome(loss, norm, Applied: true, positions);
    }

    /// <summary>The mean cross-entropy of samples of which every token is learned; see <see cref="Loss(TrainingBatch)"/>.</summary>
    /// <param name="samples">Token ids, row after row of sequence length + 1. <c>[batch, sequence + 1]</c></param>
    public double Loss(ReadOnlySpan<int> samples) => Loss(new TrainingBatch(samples));

    /// <summary>The mean cross-entropy over the labels of a batch, in nats, computed as training computes it but without gradients.</summary>
    /// <param name="batch">The samples.</param>
    public double Loss(TrainingBatch batch)
    {
        using IDisposable noGrad = no_grad();
        int passes = Passes(batch.Tokens);
        double loss = 0;
        for (int pass = 0; pass < passes; pass++)
        {
            double weight = Weight(batch, pass, passes);
            if (weight == 0)
                continue;
            using DisposeScope scope = NewDisposeScope();
            loss += weight * MeanLoss(Pass(batch, pass)).item<float>();
        }
        return loss / passes;
    }

    /// <summary>Carries <see cref="Master"/> over to <see cref="Model"/> after it was changed from outside: loaded from a checkpoint.</summary>
    public void RefreshModel()
    {
        if (!ReferenceEquals(_computing, Master))
            _computing.CopyFrom(Master);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Gradients.Dispose();
        Optimizer.Dispose();
        Model.Dispose();
        Adapter?.Dispose();
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

    private TrainingBatch Pass(TrainingBatch batch, int pass)
    {
        int length = RowLength * _options.SamplesPerPass;
        return batch.Slice(pass * length, length);
    }

    // A pass's share of the batch's labels, times the number of passes: 1 where all have as many.
    private double Weight(TrainingBatch batch, int pass, int passes) =>
        batch.Labels.IsEmpty ? 1 : Pass(batch, pass).Learned(RowLength) * (double)passes / batch.Learned(RowLength);

    // Called in the caller's dispose scope.
    private Tensor MeanLoss(TrainingBatch batch)
    {
        int sequence = batch.LastLearned(RowLength); // behind it there is padding only, which nothing before it sees
        int rows = batch.Tokens.Length / RowLength;
        long[] inputs = new long[rows * sequence];
        long[] labels = new long[rows * sequence];
        for (int row = 0; row < rows; row++)
        {
            TrainingBatch one = batch.Slice(row * RowLength, RowLength);
            ReadOnlySpan<int> next = one.Labels.IsEmpty ? one.Tokens : one.Labels;
            for (int i = 0; i < sequence; i++)
            {
                inputs[row * sequence + i] = one.Tokens[i];
                labels[row * sequence + i] = next[i + 1];
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
/// <param name="Positions">Tokens that were computed: all of the batch but padding behind the last label of each micro-batch.</param>
public readonly record struct StepOutcome(double Loss, double GradientNorm, bool Applied, long Positions);
