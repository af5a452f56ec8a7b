using Castalia.Tensors;
using TorchSharp;

namespace Castalia.Models;

/// <summary>
/// The parameters of one model in one element type, by canonical name, over one flat buffer. The trainer holds two of them with the same
/// layout, an fp32 master and a bf16 copy to compute with; a <see cref="Transformer"/> computes with either.
/// </summary>
public sealed class TransformerWeights : IDisposable
{
    /// <summary>Takes room for a model's parameters, all zero.</summary>
    /// <param name="config">The model.</param>
    /// <param name="dtype">Float32 or BFloat16.</param>
    /// <param name="requiresGrad">Whether autograd gives the parameters gradients.</param>
    /// <exception cref="ArgumentException">The configuration makes no model, or the type is another.</exception>
    public TransformerWeights(TransformerConfig config, torch.ScalarType dtype = torch.ScalarType.Float32, bool requiresGrad = false)
        : this(config, new FlatTensors(Specs(config), Computable(dtype), requiresGrad))
    {
    }

    private TransformerWeights(TransformerConfig config, FlatTensors flat)
    {
        Config = config;
        Flat = flat;
        Layers = [.. Enumerable.Range(0, config.Layers).Select(layer => new LayerWeights(flat, layer))];
        Embedding = flat[ParameterNames.Embedding];
        Unembedding = config.TiedEmbeddings ? Embedding : flat[ParameterNames.Unembedding];
        FinalNorm = new NormWeights(flat[ParameterNames.FinalNormWeight], flat[ParameterNames.FinalNormBias]);
    }

    /// <summary>The model whose parameters these are.</summary>
    public TransformerConfig Config { get; }

    /// <summary>The buffer and its named views: what optimizers, casts and checkpoints work on.</summary>
    public FlatTensors Flat { get; }

    /// <summary>The element type.</summary>
    public torch.ScalarType DType => Flat.DType;

    /// <summary>Where the parameters are.</summary>
    public torch.Device Device => Flat.Flat.device;

    /// <summary>One parameter by its canonical name (<see cref="ParameterNames"/>). It belongs to this object: do not dispose of it.</summary>
    public torch.Tensor this[string name] => Flat[name];

    /// <summary>Token embedding, [vocabulary, hidden].</summary>
    public torch.Tensor Embedding { get; }

    /// <summary>Token unembedding, [vocabulary, hidden]; the embedding where they are tied.</summary>
    public torch.Tensor Unembedding { get; }

    /// <summary>The norm after the last block.</summary>
    public NormWeights FinalNorm { get; }

    /// <summary>The blocks' parameters, from the first up.</summary>
    public IReadOnlyList<LayerWeights> Layers { get; }

    /// <summary>What <see cref="FlatTensors"/> has to hold for a model.</summary>
    public static IReadOnlyList<TensorSpec> Specs(TransformerConfig config) =>
        [.. ParameterNames.Of(config).Select(parameter => new TensorSpec(parameter.Name, parameter.Shape, parameter.Decays))];

    /// <summary>A copy in an element type of its own, with the same layout.</summary>
    public TransformerWeights To(torch.ScalarType dtype, bool requiresGrad = false)
    {
        FlatTensors copy = Flat.NewLike(Computable(dtype), requiresGrad);
        copy.CopyFrom(Flat);
        return new TransformerWeights(Config, copy);
    }

    /// <inheritdoc/>
    public void Dispose() => Flat.Dispose();

    private static torch.ScalarType Computable(torch.ScalarType dtype) => dtype is torch.ScalarType.Float32 or torch.ScalarType.BFloat16
        ? dtype
        : throw new ArgumentException($"Models compute in Float32 or BFloat16, not in {dtype}.", nameof(dtype));
}

/// <summary>A norm's gain and bias, each [hidden].</summary>
/// <param name="Weight">Gain.</param>
/// <param name="Bias">Bias.</param>
public sealed record NormWeights(torch.Tensor Weight, torch.Tensor Bias);

/// <summary>A projection: the matrix, [out, in], and the bias, [out], where it has one.</summary>
/// <param name="Weight">The matrix.</param>
/// <param name="Bias">The bias or null.</param>
public sealed record LinearWeights(torch.Tensor Weight, torch.Tensor? Bias);

/// <summary>The parameters of one block.</summary>
public sealed class LayerWeights
{
    internal LayerWeights(FlatTensors flat, int layer)
    {
        InputNorm = new(flat[ParameterNames.InputNormWeight(layer)], flat[ParameterNames.InputNormBias(layer)]);
        Qkv = Linear(ParameterNames.QkvWeight(layer), ParameterNames.QkvBias(layer));
        AttentionOutput = Linear(ParameterNames.AttentionOutputWeight(layer), ParameterNames.AttentionOutputBias(layer));
        MlpNorm = new(flat[ParameterNames.MlpNormWeight(layer)], flat[ParameterNames.MlpNormBias(layer)]);
        MlpUp = Linear(ParameterNames.MlpUpWeight(layer), ParameterNames.MlpUpBias(layer));
        MlpDown = Linear(ParameterNames.MlpDownWeight(layer), ParameterNames.MlpDownBias(layer));

        LinearWeights Linear(string weight, string bias) => new(flat[weight], flat.Contains(bias) ? flat[bias] : null);
    }

    /// <summary>The norm before attention.</summary>
    public NormWeights InputNorm { get; }

    /// <summary>Queries, keys and values, head by head.</summary>
    public LinearWeights Qkv { get; }

    /// <summary>The projection out of attention.</summary>
    public LinearWeights AttentionOutput { get; }

    /// <summary>The norm before the MLP.</summary>
    public NormWeights MlpNorm { get; }

    /// <summary>The projection into the MLP.</summary>
    public LinearWeights MlpUp { get; }

    /// <summary>The projection out of the MLP.</summary>
    public LinearWeights MlpDown { get; }
}
