using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Castalia.Models;

/// <summary>What an adapter adds to a projection's output: scale · B · A · x, on some of its rows or all. Owns no tensor.</summary>
/// <param name="A">[rank, in].</param>
/// <param name="B">[rows, rank].</param>
/// <param name="Scale">The scale.</param>
/// <param name="Rows">The projection's output that each row of B adds to, int64 [rows]; null where they are all outputs in order.</param>
/// <param name="Outputs">How many outputs the projection has.</param>
internal sealed record LowRankUpdate(Tensor A, Tensor B, double Scale, Tensor? Rows, long Outputs)
{
    /// <summary>The projection's output with the addition.</summary>
    /// <param name="output">[..., out], in the adapter's type.</param>
    /// <param name="x">What the projection read, [..., in].</param>
    public Tensor AddTo(Tensor output, Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor inner = F.linear(x.reshape(-1, A.shape[1]), A) * Scale;               // [tokens, rank]
        // Small beside the product: B's rows spread over the canonical ones, so that one product serves any order of them.
        Tensor spread = Rows is null ? B : zeros([Outputs, B.shape[1]], dtype: B.dtype, device: B.device).index_copy(0, Rows, B); // [out, rank]
        return addmm(output.reshape(-1, Outputs), inner, spread.t(), 1, 1).view(output.shape).MoveToOuterDisposeScope();
    }
}
