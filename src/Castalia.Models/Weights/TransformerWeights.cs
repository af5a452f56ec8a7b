using Castalia.Tensors;
using TorchSharp;

namespace Castalia.Models;

/// <summary>
/// The parameters of one model in one element type, by canonical name, over one flat buffer. The trainer holds two of them with the same
/// layout, an fp32 master and a bf16 copy to compute with; a <see cref="Transformer"/> computes with either.
/// </summary>
public sealed class TransformerWeights : IDisposable
{
    private readonly IReadOnlyDictionary<string, QuantizedMatrix>? _quantized;
    private torch.Tensor? _dequantizedHead;

    /// <summary>Takes room for a model's parameters, all zero.</summary>
    /// <param name="config">The model.</param>
    /// <param name="dtype">Float32 or BFloat16.</param>
    /// <param name="requiresGrad">Whether autograd gives the parameters gradients.</param>
    /// <exception cref="ArgumentException">The configuration makes no model, or the type is another.</exception>
    public TransformerWeights(TransformerConfig config, torch.ScalarType dtype = torch.ScalarType.Float32, bool requiresGrad = false)
        : this(config, new FlatTensors(Specs(config), Computable(dtype), requiresGrad))
    {
    }

    private TransformerWeights(TransformerConfig config, FlatTensors flat, IReadOnlyDictionary<string, QuantizedMatrix>? quantized = null)
    {
        Config = config;
        Flat = flat;
        _quantized = quantized;
        Layers = [.. Enumerable.Range(0, config.Layers).Select(layer => new LayerWeights(flat, layer, quantized))];
        Embedding = flat[ParameterNames.Embedding];
        Head = LinearWeights.Of(flat, quantized, ParameterNames.Unembedding, ParameterNames.UnembeddingBias, config.TiedEmbeddings ? Embedding : null);
        UnembeddingBias = Optional(ParameterNames.UnembeddingBias);
        PositionEmbedding = Optional(ParameterNames.PositionEmbedding);
        ProjectIn = Optional(ParameterNames.ProjectIn) is { } into ? new LinearWeights(into, null) : null;
        ProjectOut = Optional(ParameterNames.ProjectOut) is { } outOf ? new LinearWeights(outOf, null) : null;
        EmbeddingNorm = config.EmbeddingNorm ? new(Optional(ParameterNames.EmbeddingNormWeight), Optional(ParameterNames.EmbeddingNormBias)) : null;
        FinalNorm = config.FinalNorm ? new(Optional(ParameterNames.FinalNormWeight), Optional(ParameterNames.FinalNormBias)) : null;

        torch.Tensor? Optional(string name) => flat.Contains(name) ? flat[name] : null;
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
    /// <exception cref="InvalidOperationException">The parameter is kept in int8.</exception>
    public torch.Tensor this[string name] => _quantized?.ContainsKey(name) is true
        ? throw new InvalidOperationException($"'{name}' is kept in int8 only; take it from the weights that were quantized.")
        : Flat[name];

    /// <summary>Token embedding, [vocabulary, hidden].</summary>
    public torch.Tensor Embedding { get; }

    /// <summary>
    /// Token unembedding, [vocabulary, hidden]; the embedding where they are tied. Where it is kept in int8, a copy is made when it is first asked for.
    /// </summary>
    public torch.Tensor Unembedding => Head.Quantized is null || Config.TiedEmbeddings
        ? Head.Weight
        : _dequantizedHead ??= Head.Quantized.Dequantize(DType).DetachFromDisposeScope();

    /// <summary>Token unembedding as a projection.</summary>
    public LinearWeights Head { get; }

    /// <summary>Bias of the unembedding, [vocabulary], where there is one.</summary>
    public torch.Tensor? UnembeddingBias { get; }

    /// <summary>Learned positions, [positions + offset, hidden], where there are any.</summary>
    public torch.Tensor? PositionEmbedding { get; }

    /// <summary>From the embedding's own width into the residual stream's, where they differ.</summary>
    public LinearWeights? ProjectIn { get; }

    /// <summary>From the residual stream's width into the embedding's own, where they differ.</summary>
    public LinearWeights? ProjectOut { get; }

    /// <summary>The norm behind the embedding, where there is one.</summary>
    public NormWeights? EmbeddingNorm { get; }

    /// <summary>The norm after the last block, where there is one.</summary>
    public NormWeights? FinalNorm { get; }

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

    /// <summary>
    /// The model with its matrices in int8 (<see cref="QuantizedMatrix"/>): half the memory of bf16 to read for a token, which is what decoding takes its time
    /// for. Embeddings, norms and biases stay in this type. For computing without gradients on a CPU, not for saving.
    /// </summary>
    /// <exception cref="ArgumentException">A weight is not finite.</exception>
    public TransformerWeights Quantize()
    {
        List<string> names = [.. ParameterNames.Of(Config)
            .Where(parameter => parameter.Role is ParameterRole.Input or ParameterRole.Output or ParameterRole.Unembedding)
            .Select(parameter => parameter.Name).Except([ParameterNames.ProjectIn, ParameterNames.ProjectOut])];
        var rest = new FlatTensors([.. Specs(Config).ExceptBy(names, spec => spec.Name)], DType);
        if (Config.TiedEmbeddings)
            names.Add(ParameterNames.Unembedding);
        QuantizedMatrix[] matrices = QuantizedMatrix.Quantize([.. names.Select(name => name == ParameterNames.Unembedding ? Unembedding : this[name])]);
        var quantized = names.Zip(matrices).ToDictionary(pair => pair.First, pair => pair.Second);
        using IDisposable noGradient = torch.no_grad();
        foreach (TensorSpec spec in rest.Specs)
            rest[spec.Name].copy_(this[spec.Name]);
        return new TransformerWeights(Config, rest, quantized);
    }

    /// <summary>The adapter that stands beside the matrices; null for none.</summary>
    public LoraAdapter? Adapter { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Adapter?.Dispose();
        Flat.Dispose();
        _dequantizedHead?.Dispose();
        foreach (QuantizedMatrix matrix in _quantized?.Values ?? [])
            matrix.Dispose();
    }

    /// <summary>Takes an adapter over, and lays its updates beside the matrices they belong to.</summary>
    internal void Attach(LoraAdapter adapter, Func<string, IReadOnlyList<LowRankUpdate>?> updatesOf)
    {
        if (Adapter != adapter)
            Adapter?.Dispose();
        Adapter = adapter;
        foreach ((string name, LinearWeights projection) in Projections())
            projection.Updates = updatesOf(name);
    }

    private IEnumerable<(string Name, LinearWeights Projection)> Projections()
    {
        if (ProjectIn is not null)
            yield return (ParameterNames.ProjectIn, ProjectIn);
        if (ProjectOut is not null)
            yield return (ParameterNames.ProjectOut, ProjectOut);
        for (int layer = 0; layer < Layers.Count; layer++)
        {
            yield return (ParameterNames.QkvWeight(layer), Layers[layer].Qkv);
            yield return (ParameterNames.AttentionOutputWeight(layer), Layers[layer].AttentionOutput);
            if (Layers[layer].MlpGate is { } gate)
                yield return (ParameterNames.MlpGateWeight(layer), gate);
            yield return (ParameterNames.MlpUpWeight(layer), Layers[layer].MlpUp);
            yield return (ParameterNames.MlpDownWeight(layer), Layers[layer].MlpDown);
        }
    }

    private static torch.ScalarType Computable(torch.ScalarType dtype) => dtype is torch.ScalarType.Float32 or torch.ScalarType.BFloat16
        ? dtype
        : throw new ArgumentException($"Models compute in Float32 or BFloat16, not in {dtype}.", nameof(dtype));
}

/// <summary>A norm's gain and bias, each [hidden], where it has them.</summary>
/// <param name="Weight">Gain.</param>
/// <param name="Bias">Bias.</param>
public sealed record NormWeights(torch.Tensor? Weight, torch.Tensor? Bias);

/// <summary>A projection: the matrix, [out, in], and the bias, [out], where it has one.</summary>
/// <param name="Weight">The matrix.</param>
/// <param name="Bias">The bias or null.</param>
public sealed record LinearWeights(torch.Tensor Weight, torch.Tensor? Bias)
{
    /// <summary>
    /// The matrix in int8, which takes its place in products; null as a rule. <see cref="Weight"/> is empty then, unless the embedding is the same matrix.
    /// </summary>
    public QuantizedMatrix? Quantized { get; init; }

    internal static LinearWeights Of(
        FlatTensors flat, IReadOnlyDictionary<string, QuantizedMatrix>? quantized, string weight, string bias, torch.Tensor? shared = null)
    {
        torch.Tensor? shift = flat.Contains(bias) ? flat[bias] : null;
        return quantized is not null && quantized.TryGetValue(weight, out QuantizedMatrix? matrix)
            ? new LinearWeights(shared ?? flat.Flat.narrow(0, 0, 0).DetachFromDisposeScope(), shift) { Quantized = matrix }
            : new LinearWeights(shared ?? flat[weight], shift);
    }

    /// <summary>What an adapter adds to the output; null for nothing.</summary>
    internal IReadOnlyList<LowRankUpdate>? Updates { get; set; }

    /// <summary>x · Wᵀ + b, and what an adapter adds.</summary>
    /// <param name="x">[..., in].</param>
    /// <returns>[..., out]; the caller disposes of it.</returns>
    public torch.Tensor Apply(torch.Tensor x)
    {
        torch.Tensor output = Quantized is { } matrix ? LinearProduct.Apply(x, matrix, Bias) : LinearProduct.Apply(x, Weight, Bias);
        foreach (LowRankUpdate update in Updates ?? [])
        {
            using torch.Tensor before = output;
            output = update.AddTo(before, x);
        }
        return output;
    }
}

/// <summary>The parameters of one block.</summary>
public sealed class LayerWeights
{
    internal LayerWeights(FlatTensors flat, int layer, IReadOnlyDictionary<string, QuantizedMatrix>? quantized)
    {
        InputNorm = new(Optional(ParameterNames.InputNormWeight(layer)), Optional(ParameterNames.InputNormBias(layer)));
        Qkv = Linear(ParameterNames.QkvWeight(layer), ParameterNames.QkvBias(layer));
        AttentionOutput = Linear(ParameterNames.AttentionOutputWeight(layer), ParameterNames.AttentionOutputBias(layer));
        MlpNorm = new(Optional(ParameterNames.MlpNormWeight(layer)), Optional(ParameterNames.MlpNormBias(layer)));
        string gate = ParameterNames.MlpGateWeight(layer);
        MlpGate = flat.Contains(gate) || quantized?.ContainsKey(gate) is true ? Linear(gate, ParameterNames.MlpGateBias(layer)) : null;
        MlpUp = Linear(ParameterNames.MlpUpWeight(layer), ParameterNames.MlpUpBias(layer));
        MlpDown = Linear(ParameterNames.MlpDownWeight(layer), ParameterNames.MlpDownBias(layer));

        torch.Tensor? Optional(string name) => flat.Contains(name) ? flat[name] : null;
        LinearWeights Linear(string weight, string bias) => LinearWeights.Of(flat, quantized, weight, bias);
    }

    /// <summary>The norm before attention (or behind it, see <see cref="ResidualForm.PostNorm"/>).</summary>
    public NormWeights InputNorm { get; }

    /// <summary>Queries, keys and values, group after group (<see cref="ParameterNames.QkvWeight"/>).</summary>
    public LinearWeights Qkv { get; }

    /// <summary>The projection out of attention.</summary>
    public LinearWeights AttentionOutput { get; }

    /// <summary>The norm before the MLP (or behind it); empty where one norm serves both.</summary>
    public NormWeights MlpNorm { get; }

    /// <summary>What a gated MLP's activation reads; null where the MLP is not gated.</summary>
    public LinearWeights? MlpGate { get; }

    /// <summary>The projection into the MLP.</summary>
    public LinearWeights MlpUp { get; }

    /// <summary>The projection out of the MLP.</summary>
    public LinearWeights MlpDown { get; }
}
