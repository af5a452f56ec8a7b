using TorchSharp;

namespace Castalia.Models;

/// <summary>One tensor of an HF checkpoint and the canonical parameter that holds its numbers.</summary>
/// <param name="Name">HF's name.</param>
/// <param name="Shape">HF's shape.</param>
/// <param name="Canonical">The canonical parameter (<see cref="ParameterNames"/>); its elements are in HF's order.</param>
public sealed record HuggingFaceParameter(string Name, long[] Shape, string Canonical)
{
    /// <summary>Copies from a tensor in HF's layout, of any float type, into the canonical one.</summary>
    public void Import(torch.Tensor source, torch.Tensor canonical)
    {
        using var scope = torch.NewDisposeScope();
        using IDisposable noGradient = torch.no_grad();
        canonical.alias().copy_(source.view(canonical.shape));
    }

    /// <summary>The canonical tensor in HF's layout and shape, without copying. The caller disposes of it.</summary>
    public torch.Tensor Export(torch.Tensor canonical)
    {
        using var scope = torch.NewDisposeScope();
        return canonical.detach().view(Shape).MoveToOuterDisposeScope();
    }
}
