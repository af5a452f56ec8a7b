using static TorchSharp.torch;

namespace Castalia.Tensors;

/// <summary>
/// Frees the gradients that a function's backward pass has returned. The engine takes its own reference after the return, so they can only
/// be released later: when the next function of the same thread returns, or when the thread's next step does.
/// </summary>
/// <remarks>Left to the garbage collector, which sees no native memory, they would pile up by the hundred megabytes.</remarks>
internal static class BackwardOutputs
{
    [ThreadStatic]
    private static List<Tensor?>? _previous;

    /// <summary>Releases what was returned before, and remembers these.</summary>
    public static List<Tensor?> Return(params List<Tensor?> gradients)
    {
        Release();
        foreach (Tensor? gradient in gradients)
            gradient?.DetachFromDisposeScope();
        _previous = gradients;
        return gradients;
    }

    /// <summary>Releases what the last function returned.</summary>
    public static void Release()
    {
        if (_previous is null)
            return;
        foreach (Tensor? gradient in _previous)
            gradient?.Dispose();
        _previous = null;
    }
}
