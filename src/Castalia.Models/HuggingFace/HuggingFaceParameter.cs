using TorchSharp;

namespace Castalia.Models;

/// <summary>One tensor of an HF checkpoint and the canonical parameter that holds its numbers.</summary>
/// <param name="Name">HF's name.</param>
/// <param name="Shape">HF's shape.</param>
/// <param name="Canonical">The canonical parameter (<see cref="ParameterNames"/>).</param>
/// <param name="View">The part of the canonical tensor that holds the numbers, as a view in HF's order of elements; null where it is the whole and in order.</param>
public sealed record HuggingFaceParameter(string Name, long[] Shape, string Canonical, Func<torch.Tensor, torch.Tensor>? View = null)
{
    /// <summary>Copies from a tensor in HF's layout, of any float type, into the canonical one.</summary>
    public void Import(torch.Tensor source, torch.Tensor canonical)
    {
        using var scope = torch.NewDisposeScope();
        using IDisposable noGradient = torch.no_grad();
        torch.Tensor target = Part(canonical);
        target.copy_(source.reshape(target.shape));
    }

    /// <summary>The canonical tensor in HF's layout and shape, contiguous; without copying where it can be. The caller disposes of it.</summary>
    public torch.Tensor Export(torch.Tensor canonical)
    {
        using var scope = torch.NewDisposeScope();
        return Part(canonical).contiguous().view(Shape).MoveToOuterDisposeScope();
    }

    private torch.Tensor Part(torch.Tensor canonical)
    {
        torch.Tensor whole = canonical.detach();
        return View is null ? whole : View(whole);
    }
}
