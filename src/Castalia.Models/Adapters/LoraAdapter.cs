using Castalia.Tensors;
using static TorchSharp.torch;

namespace Castalia.Models;

/// <summary>
/// A low-rank adapter of a model (Hu et al. 2021): the matrices A and B of every target in one flat buffer, under PEFT's names and in PEFT's
/// layout. Attached, it is added by <see cref="LinearWeights.Apply"/> to what the frozen projection gives; merged, it is part of the matrix.
/// </summary>
public sealed class LoraAdapter : IDisposable
{
    private readonly Dictionary<string, Tensor> _rows = new(StringComparer.Ordinal);

    /// <summary>Takes room for an adapter of a model; all zero, which changes nothing.</summary>
    /// <param name="model">The base model.</param>
    /// <param name="config">Rank, scale and targets.</param>
    /// <param name="dtype">Float32 or BFloat16.</param>
    /// <param name="requiresGrad">Whether autograd gives the matrices gradients.</param>
    /// <exception cref="InputException">A number is out of range, or a name means no module of the model.</exception>
    public LoraAdapter(TransformerConfig model, LoraConfig config, ScalarType dtype = ScalarType.Float32, bool requiresGrad = false)
        : this(model, config, LoraTarget.Of(model, config.TargetModules, "lora"), dtype, requiresGrad)
    {
    }

    internal LoraAdapter(TransformerConfig model, LoraConfig config, IReadOnlyList<LoraTarget> targets, ScalarType dtype, bool requiresGrad = false)
    {
        config.Validate("lora");
        (Model, Config, Targets) = (model, config, targets);
        Flat = new FlatTensors([.. targets.SelectMany(target => new[]
        {
            new TensorSpec(target.NameOfA, [config.Rank, target.Inputs]),
            new TensorSpec(target.NameOfB, [target.Outputs, config.Rank]),
        })], dtype, requiresGrad);
        foreach (LoraTarget target in targets)
        {
            if (target.Rows is { } rows)
                _rows.Add(target.Module, tensor(rows.ToArray()).DetachFromDisposeScope());
        }
    }

    /// <summary>The model that it belongs to.</summary>
    public TransformerConfig Model { get; }

    /// <summary>Rank, scale and targets.</summary>
    public LoraConfig Config { get; }

    /// <summary>The modules that it stands beside, in the order of the model's files.</summary>
    public IReadOnlyList<LoraTarget> Targets { get; }

    /// <summary>The buffer and its views, by PEFT's names: what optimizers, casts and checkpoints work on.</summary>
    public FlatTensors Flat { get; }

    /// <summary>
    /// An adapter as it begins, in PEFT's way: A uniform within ±1/√in (Kaiming's rule with a = √5, as of every linear layer of PyTorch), B zero. Equal
    /// seeds give equal bits on every machine.
    /// </summary>
    /// <inheritdoc cref="LoraAdapter(TransformerConfig, LoraConfig, ScalarType, bool)" path="/exception"/>
    public static LoraAdapter Create(TransformerConfig model, LoraConfig config, long seed)
    {
        var adapter = new LoraAdapter(model, config);
        adapter.Draw(seed);
        return adapter;
    }

    /// <summary>Draws the matrices anew; see <see cref="Create"/>.</summary>
    public void Draw(long seed)
    {
        using IDisposable noGradient = no_grad();
        foreach (LoraTarget target in Targets)
        {
            using var scope = NewDisposeScope();
            var numbers = new float[checked(Config.Rank * (int)target.Inputs)];
            UniformNumbers.Fill(numbers, 1 / Math.Sqrt(target.Inputs), seed, target.NameOfA);
            Flat[target.NameOfA].alias().copy_(tensor(numbers).view(Config.Rank, target.Inputs));
            Flat[target.NameOfB].alias().zero_();
        }
    }

    /// <summary>A copy in an element type of its own, with the same layout.</summary>
    public LoraAdapter To(ScalarType dtype, bool requiresGrad = false)
    {
        var copy = new LoraAdapter(Model, Config, Targets, dtype, requiresGrad);
        copy.Flat.CopyFrom(Flat);
        return copy;
    }

    /// <summary>The update of one module's matrix, scale · B · A, in fp32, [out, in] in HF's order of outputs. The caller disposes of it.</summary>
    public Tensor Delta(LoraTarget target)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        Tensor a = Flat[target.NameOfA].to(ScalarType.Float32), b = Flat[target.NameOfB].to(ScalarType.Float32);
        return (b.matmul(a) * Config.Scale).MoveToOuterDisposeScope();
    }

    /// <summary>Adds the updates to a model's matrices for good; the adapter is not needed afterwards.</summary>
    /// <param name="weights">The base's weights, changed in place: the sum is taken in fp32 and rounded to their type.</param>
    /// <exception cref="ArgumentException">The weights are of another model.</exception>
    public void MergeInto(TransformerWeights weights)
    {
        RequireSameModel(weights);
        using IDisposable noGradient = no_grad();
        foreach (LoraTarget target in Targets)
        {
            using var scope = NewDisposeScope();
            Tensor matrix = weights[target.Parameter.Canonical].detach(), delta = Delta(target), sum = matrix.to(ScalarType.Float32, copy: true);
            matrix.copy_(_rows.TryGetValue(target.Module, out Tensor? rows) ? sum.index_add_(0, rows, delta, 1) : sum.add_(delta));
        }
    }

    /// <summary>Puts the adapter beside a model's matrices; the weights take it over and dispose of it with themselves. One that stood there before leaves.</summary>
    /// <exception cref="ArgumentException">The weights are of another model, or of another element type.</exception>
    public void AttachTo(TransformerWeights weights)
    {
        RequireSameModel(weights);
        if (weights.DType != Flat.DType)
            throw new ArgumentException($"An adapter of {Flat.DType} does not stand beside weights of {weights.DType}: make a copy of its own with To.", nameof(weights));
        ILookup<string, LowRankUpdate> updates = Targets.ToLookup(target => target.Parameter.Canonical, target => new LowRankUpdate(
            Flat[target.NameOfA], Flat[target.NameOfB], Config.Scale, _rows.GetValueOrDefault(target.Module), target.CanonicalOutputs), StringComparer.Ordinal);
        weights.Attach(this, name => updates.Contains(name) ? [.. updates[name]] : null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Flat.Dispose();
        foreach (Tensor rows in _rows.Values)
            rows.Dispose();
    }

    private void RequireSameModel(TransformerWeights weights)
    {
        if (weights.Config != Model)
            throw new ArgumentException($"The adapter belongs to another model: {Model}, and not {weights.Config}.", nameof(weights));
    }
}
