using Castalia.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Castalia.Models;

/// <summary>
/// The decoder-only transformer: tokens in, hidden states and logits out. What distinguishes the architectures is read off
/// <see cref="TransformerConfig"/>; the computation is here, but for attention, which is <see cref="SelfAttention"/>'s. Computes in the
/// element type of its weights.
/// </summary>
/// <param name="weights">The parameters. The transformer takes them over and disposes of them with itself.</param>
public sealed class Transformer(TransformerWeights weights) : IDisposable
{
    private readonly SelfAttention _attention = new(weights.Config);

    /// <summary>The model's sizes and kinds.</summary>
    public TransformerConfig Config { get; } = weights.Config;

    /// <summary>The model's parameters.</summary>
    public TransformerWeights Weights { get; } = weights;

    /// <summary>The residual stream after the last block, the final norm and the projection out, where there are such: what <see cref="Logits"/> and the loss read.</summary>
    /// <param name="inputIds">Token ids, int64 [batch, sequence].</param>
    /// <param name="options">Padding, cache, taps; null for a plain pass, with gradients where the weights ask for them.</param>
    /// <returns>
    /// [batch, sequence, hidden] (the embedding's width where it has one of its own), in the weights' type, of a packed tree the wanted tokens'; the caller
    /// disposes of it.
    /// </returns>
    /// <exception cref="ArgumentException">The ids are not a matrix of tokens, or do not fit the mask, the cache or the learned positions.</exception>
    public Tensor Hidden(Tensor inputIds, ForwardOptions? options = null)
    {
        using DisposeScope scope = NewDisposeScope();
        var pass = new ForwardPass(inputIds, options, Config, Weights.Device, scope);

        Tensor x = pass.At(TapPlaces.Embedding, Embed(inputIds, pass));              // [batch, sequence, hidden]
        for (int layer = 0; layer < Config.Layers; layer++)
            x = Block(layer, x, pass);
        x = pass.At(TapPlaces.FinalNorm, Normalize(x));

        pass.Cache?.Advance(pass.Slots, pass.Lengths, pass.Sequence);
        pass.Tree?.Advance();
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>Scores of every token of the vocabulary as the next one.</summary>
    /// <param name="hidden">What <see cref="Hidden"/> gives, or any part of it, [..., hidden].</param>
    /// <returns>[..., vocabulary], in the weights' type; the caller disposes of it.</returns>
    public Tensor Logits(Tensor hidden) => Weights.Head.Apply(hidden);

    /// <summary>
    /// What follows the last block, where there is such: the final norm and the projection to the embedding's width. With
    /// <see cref="Logits"/> it reads the residual stream of any layer as a distribution (the logit lens).
    /// </summary>
    /// <param name="residual">[..., hidden].</param>
    /// <returns>[..., hidden] or the embedding's width; the caller disposes of it.</returns>
    public Tensor Normalize(Tensor residual)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = Weights.FinalNorm is { } norm ? Norm(residual, norm) : residual.alias();
        return (Weights.ProjectOut?.Apply(x) ?? x).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _attention.Dispose();
        Weights.Dispose();
    }

    private Tensor Embed(Tensor inputIds, ForwardPass pass)
    {
        Tensor x = TokenEmbedding.Lookup(Weights.Embedding, inputIds);               // [batch, sequence, embedding]
        if (Weights.ProjectIn is { } projection)
            x = projection.Apply(x);
        if (Config.Position is LearnedPositions learned)
            x = x + TokenEmbedding.Lookup(Weights.PositionEmbedding!, pass.PositionRows(learned));
        return Weights.EmbeddingNorm is { } norm ? Norm(x, norm) : x;
    }

    private Tensor Block(int layer, Tensor x, ForwardPass pass) // x: [batch, sequence, hidden]
    {
        using DisposeScope scope = NewDisposeScope();
        LayerWeights w = Weights.Layers[layer];
        bool postNorm = Config.Residual == ResidualForm.PostNorm;

        Tensor normed = pass.At(TapPlaces.InputNorm, layer, postNorm ? x : Norm(x, w.InputNorm));
        Tensor attention = _attention.Apply(layer, w, normed, pass);
        if (pass.Tree is { } tree)
            (x, normed) = (tree.Keep(layer, x), tree.Keep(layer, normed));
        switch (Config.Residual)
        {
            case ResidualForm.Parallel:
                x = x + (attention + Mlp(layer, Norm(x, w.MlpNorm), pass));
                break;
            case ResidualForm.ParallelSharedNorm:
                x = x + (attention + Mlp(layer, normed, pass));
                break;
            case ResidualForm.Sequential:
                x = x + attention;
                x = x + Mlp(layer, Norm(x, w.MlpNorm), pass);
                break;
            case ResidualForm.SequentialFromNorm:
                x = Norm(normed + attention, w.MlpNorm);
                x = x + Mlp(layer, x, pass);
                break;
            case ResidualForm.PostNorm:
                x = Norm(x + attention, w.InputNorm);
                x = Norm(x + Mlp(layer, x, pass), w.MlpNorm);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(Config), Config.Residual, "No such residual form.");
        }
        return pass.At(TapPlaces.Residual, layer, x).MoveToOuterDisposeScope();
    }

    private Tensor Mlp(int layer, Tensor x, ForwardPass pass)
    {
        LayerWeights w = Weights.Layers[layer];
        Tensor up = w.MlpUp.Apply(x);                                                // [batch, sequence, intermediate]
        Tensor inner = w.MlpGate is { } gate ? Activate(gate.Apply(x)) * up : Activate(up);
        return pass.At(TapPlaces.MlpOutput, layer, w.MlpDown.Apply(inner));          // [batch, sequence, hidden]
    }

    private Tensor Activate(Tensor x) => Config.Activation switch
    {
        Activation.Gelu => x.gelu(),
        Activation.GeluTanh => Gelu.Tanh(x),
        Activation.QuickGelu => x * (1.702 * x).sigmoid(),
        Activation.Relu => x.relu(),
        Activation.Silu => F.silu(x),
        _ => throw new ArgumentOutOfRangeException(nameof(Config), Config.Activation, "No such activation."),
    };

    private Tensor Norm(Tensor x, NormWeights w) => Config.Norm is RmsNorm rms
        ? RootMeanSquareNorm(x, w, rms.Epsilon)
        : F.layer_norm(x, [Config.HiddenSize], w.Weight, w.Bias, Config.Norm.Epsilon);

    private static Tensor RootMeanSquareNorm(Tensor x, NormWeights w, double epsilon)
    {
        Tensor wide = x.to(ScalarType.Float32);
        Tensor normed = (wide * (wide.square().mean([-1], keepdim: true) + epsilon).rsqrt()).to(x.dtype);
        return w.Weight is null ? normed : normed * w.Weight;
    }
}
