using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>
/// What a function's forward pass keeps for its backward pass, freed as soon as the backward pass has used it.
/// </summary>
/// <remarks>
/// TorchSharp's <c>save_for_backward</c> holds its tensors until the whole graph is gone, which for a deep model means that the memory of
/// all layers is still there when the last gradient is computed.
/// </remarks>
internal sealed class SavedTensors
{
    private const string Key = "saved";
    private Tensor[]? _tensors;

    private SavedTensors(Tensor[] tensors) => _tensors = tensors;

    /// <summary>Keeps tensors in a context. They are detached from their dispose scope and belong to the context from here on.</summary>
    public static void Keep(autograd.AutogradContext context, params ReadOnlySpan<Tensor> tensors)
    {
        Tensor[] kept = new Tensor[tensors.Length];
        for (int i = 0; i < kept.Length; i++)
            kept[i] = tensors[i].DetachFromDisposeScope();
        context.save_data(Key, new SavedTensors(kept));
    }

    /// <summary>Hands the tensors out, once.</summary>
    /// <exception cref="InvalidOperationException">The backward pass ran already.</exception>
    public static Tensor[] Take(autograd.AutogradContext context)
    {
        SavedTensors saved = (SavedTensors)context.get_data(Key);
        return Interlocked.Exchange(ref saved._tensors, null)
            ?? throw new InvalidOperationException("Backward ran a second time through a function that has freed what it kept.");
    }

    /// <summary>
    /// A second handle of a tensor, outside its graph: keeping an input or output itself would tie the graph into a knot that is never freed.
    /// </summary>
    public static Tensor Alias(Tensor tensor) => tensor.detach();
}
