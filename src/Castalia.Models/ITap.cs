using TorchSharp;

namespace Castalia.Models;

/// <summary>
/// Reads or replaces what passes the named places of a forward pass (<see cref="TapPlaces"/>). Lenses, probes, caches, patching and
/// steering are written on it. A pass without a tap pays nothing.
/// </summary>
public interface ITap
{
    /// <summary>Whether this place is of interest; places that cost extra are computed only for those who read them.</summary>
    /// <param name="place">A name of <see cref="TapPlaces"/>.</param>
    bool Wants(string place);

    /// <summary>
    /// Called when a wanted place is reached. The value belongs to the forward pass and is disposed of with it: keep
    /// <c>value.alias().DetachFromDisposeScope()</c> (or a copy), not the value.
    /// </summary>
    /// <param name="place">A name of <see cref="TapPlaces"/>.</param>
    /// <param name="value">[batch, sequence, hidden], or what the place's own documentation says.</param>
    /// <returns>The value itself to read only, or another tensor of the same shape and type to go on with instead.</returns>
    torch.Tensor Visit(string place, torch.Tensor value);
}

/// <summary>The names of the places in a forward pass, in the order in which a pass reaches them.</summary>
public static class TapPlaces
{
    /// <summary>The embedded tokens: the residual stream before the first block, [batch, sequence, hidden].</summary>
    public const string Embedding = "embedding";

    /// <summary>The residual stream after the last block and its norm: what is multiplied by the unembedding, [batch, sequence, hidden].</summary>
    public const string FinalNorm = "final_norm";

    /// <summary>What attention of a block reads, after its norm, [batch, sequence, hidden].</summary>
    public static string InputNorm(int layer) => $"layers.{layer}.input_norm";

    /// <summary>
    /// The attention probabilities of a block, [batch, heads, query, key]. Costs extra: where it is wanted, the block computes attention
    /// by plain matrix products and keeps the matrix.
    /// </summary>
    public static string AttentionPattern(int layer) => $"layers.{layer}.attention.pattern";

    /// <summary>What attention of a block adds to the residual stream, bias included, [batch, sequence, hidden].</summary>
    public static string AttentionOutput(int layer) => $"layers.{layer}.attention.output";

    /// <summary>What the MLP of a block adds to the residual stream, bias included, [batch, sequence, hidden].</summary>
    public static string MlpOutput(int layer) => $"layers.{layer}.mlp.output";

    /// <summary>The residual stream after a block, [batch, sequence, hidden].</summary>
    public static string Residual(int layer) => $"layers.{layer}.residual";

    /// <summary>Every place of a model, in the order in which a sequential pass reaches them.</summary>
    public static IReadOnlyList<string> Of(TransformerConfig config)
    {
        var all = new List<string> { Embedding };
        for (int layer = 0; layer < config.Layers; layer++)
            all.AddRange([InputNorm(layer), AttentionPattern(layer), AttentionOutput(layer), MlpOutput(layer), Residual(layer)]);
        all.Add(FinalNorm);
        return all;
    }
}
