using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>
/// Many named tensors in one buffer, so that a cast, a norm, an optimizer step or a hash is one pass over memory.
/// </summary>
/// <remarks>
/// Decayed tensors come first, in the order of their specs, then the others: <see cref="Decayed"/> and <see cref="NotDecayed"/> are two
/// contiguous segments. Every tensor starts at a multiple of <see cref="Alignment"/> elements; the gaps hold zeros. Two sets with the same
/// specs have the same layout whatever their types, so the fp32 master and the bf16 working copy of a model correspond element by element.
/// </remarks>
public sealed class FlatTensors : IDisposable
{
    /// <summary>Every tensor starts at a multiple of this many elements: 64 bytes in bf16, which is a cache line.</summary>
    public const int Alignment = 32;

    private readonly Dictionary<string, Tensor> _views;
    private readonly Dictionary<string, long> _offsets;

    /// <summary>Makes a buffer of zeros and its views.</summary>
    /// <param name="specs">The tensors, in the order in which <see cref="Specs"/> lists them.</param>
    /// <param name="dtype">The element type of all of them.</param>
    /// <param name="requiresGrad">Whether the views are leaves that autograd gives gradients to.</param>
    /// <exception cref="ArgumentException">Two specs have one name, or a size is negative.</exception>
    public FlatTensors(IReadOnlyList<TensorSpec> specs, ScalarType dtype, bool requiresGrad = false)
    {
        Libtorch.Initialize();
        Specs = specs;
        DType = dtype;
        (_offsets, DecayedLength, Length) = Layout(specs);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Flat = empty(Length, dtype: dtype).DetachFromDisposeScope();
        LargePages.Advise(Flat);
        Flat.alias().zero_();
        Decayed = Flat.narrow(0, 0, DecayedLength).DetachFromDisposeScope();
        NotDecayed = Flat.narrow(0, DecayedLength, Length - DecayedLength).DetachFromDisposeScope();
        _views = new Dictionary<string, Tensor>(specs.Count, StringComparer.Ordinal);
        foreach (TensorSpec spec in specs)
        {
            Tensor view = Flat.narrow(0, _offsets[spec.Name], spec.Count).view([.. spec.Shape]);
            _views.Add(spec.Name, view.requires_grad_(requiresGrad).DetachFromDisposeScope());
        }
    }

    /// <summary>What the tensors are, in the order in which they were given.</summary>
    public IReadOnlyList<TensorSpec> Specs { get; }

    /// <summary>The element type of all tensors.</summary>
    public ScalarType DType { get; }

    /// <summary>The length of <see cref="Flat"/>: all elements and the gaps between tensors.</summary>
    public long Length { get; }

    /// <summary>The length of the first segment, whose tensors are decayed.</summary>
    public long DecayedLength { get; }

    /// <summary>The buffer. <c>[Length]</c></summary>
    public Tensor Flat { get; }

    /// <summary>The segment that weight decay applies to. <c>[DecayedLength]</c></summary>
    public Tensor Decayed { get; }

    /// <summary>The segment that weight decay spares: biases and norms. <c>[Length - DecayedLength]</c></summary>
    public Tensor NotDecayed { get; }

    /// <summary>The number of elements in all tensors, without the gaps: the model's parameter count.</summary>
    public long Count => Specs.Sum(spec => spec.Count);

    /// <summary>The view of one tensor. It belongs to this object: do not dispose it.</summary>
    /// <exception cref="KeyNotFoundException">No spec has this name.</exception>
    public Tensor this[string name] => _views.TryGetValue(name, out Tensor? view)
        ? view
        : throw new KeyNotFoundException($"No tensor is named '{name}' among {Specs.Count}: {string.Join(", ", _views.Keys.Take(5))}, ...");

    /// <summary>Whether a tensor has this name.</summary>
    public bool Contains(string name) => _views.ContainsKey(name);

    /// <summary>Where a tensor starts in <see cref="Flat"/>, in elements.</summary>
    public long OffsetOf(string name) => _offsets[name];

    /// <summary>Copies all elements of a set with the same specs, casting where the types differ.</summary>
    /// <exception cref="ArgumentException">The layouts differ.</exception>
    public void CopyFrom(FlatTensors other)
    {
        RequireSameLayout(other);
        using IDisposable noGrad = no_grad();
        Flat.copy_(other.Flat);
    }

    /// <summary>A set with the same specs.</summary>
    public FlatTensors NewLike(ScalarType dtype, bool requiresGrad = false) => new(Specs, dtype, requiresGrad);

    /// <summary>
    /// Moves the gradients that autograd has left on the views into one flat buffer, and drops them from the views.
    /// </summary>
    /// <remarks>
    /// Dropping is the faster and the more exact way: where a leaf has no gradient, autograd hands over the tensor it has computed instead of
    /// adding to one, and micro-batches are summed here in the type of <paramref name="gradients"/> (fp32), not in bf16.
    /// </remarks>
    /// <param name="gradients">The buffer, with the same layout.</param>
    /// <param name="accumulate">False: the buffer is overwritten, and is zero where a view has no gradient. True: added to.</param>
    /// <exception cref="ArgumentException">The layouts differ.</exception>
    public void TakeGradients(FlatTensors gradients, bool accumulate = false)
    {
        RequireSameLayout(gradients);
        using IDisposable noGrad = no_grad();
        foreach (TensorSpec spec in Specs)
        {
            Tensor view = _views[spec.Name];
            Tensor target = gradients._views[spec.Name];
            using Tensor? gradient = view.grad;
            if (gradient is not null)
            {
                if (accumulate)
                    target.add_(gradient);
                else
                    target.copy_(gradient);
                view.grad = null;
            }
            else if (!accumulate)
            {
                target.zero_();
            }
        }
    }

    /// <summary>Frees the buffer and its views.</summary>
    public void Dispose()
    {
        foreach (Tensor view in _views.Values)
            view.Dispose();
        Decayed.Dispose();
        NotDecayed.Dispose();
        Flat.Dispose();
    }

    private void RequireSameLayout(FlatTensors other)
    {
        bool same = other.Length == Length && other.Specs.Count == Specs.Count
            && Specs.All(spec => other._offsets.TryGetValue(spec.Name, out long offset) && offset == _offsets[spec.Name]);
        if (!same)
            throw new ArgumentException($"Sets of tensors differ in layout: {Specs.Count} tensors, {Length} elements against "
                + $"{other.Specs.Count} and {other.Length}. Make the one with NewLike of the other.", nameof(other));
    }

    private static (Dictionary<string, long> Offsets, long Decayed, long Length) Layout(IReadOnlyList<TensorSpec> specs)
    {
        Dictionary<string, long> offsets = new(specs.Count, StringComparer.Ordinal);
        long next = 0;
        long decayed = 0;
        foreach (bool decay in (ReadOnlySpan<bool>)[true, false])
        {
            foreach (TensorSpec spec in specs.Where(spec => spec.Decay == decay))
            {
                if (spec.Shape.Any(size => size < 0))
                    throw new ArgumentException($"Tensor '{spec.Name}' has a negative size: [{string.Join(", ", spec.Shape)}].", nameof(specs));
                if (!offsets.TryAdd(spec.Name, next))
                    throw new ArgumentException($"Two tensors are named '{spec.Name}'.", nameof(specs));
                next = checked((next + spec.Count + Alignment - 1) / Alignment * Alignment);
            }
            if (decay)
                decayed = next;
        }
        return (offsets, decayed, next);
    }
}
