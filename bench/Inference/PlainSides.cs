using Castalia.Bench.Plain;
using Castalia.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Bench.Inference;

/// <summary>The plain model with all its weights in one type.</summary>
internal static class PlainModel
{
    public static PlainNeoX Create(TransformerConfig config, WeightType type)
    {
        ScalarType dtype = type == WeightType.Float32 ? ScalarType.Float32 : ScalarType.BFloat16;
        var model = new PlainNeoX(config, dtype);
        using (TransformerWeights weights = WeightInit.Pythia.Create(config, seed: 1))
            model.Load(weights);
        model.to(dtype);
        model.eval();
        return model;
    }
}

/// <summary>The plain model scores every token: all logits, log-softmax in fp32, gather.</summary>
internal sealed class PlainScoring(TransformerConfig config, WeightType type) : IInferenceSide
{
    private readonly PlainNeoX _model = PlainModel.Create(config, type);
    private readonly int[] _samples = Shapes.RandomTokens(config.VocabularySize, Shapes.Batch * (Shapes.Sequence + 1));

    public double Run()
    {
        using var scope = NewDisposeScope();
        using IDisposable inference = inference_mode();
        Tensor all = tensor(_samples, dtype: ScalarType.Int64).view(Shapes.Batch, Shapes.Sequence + 1);
        Tensor logits = _model.call(all.narrow(1, 0, Shapes.Sequence).contiguous());
        Tensor logProbabilities = logits.to(ScalarType.Float32).log_softmax(-1);
        return logProbabilities.gather(-1, all.narrow(1, 1, Shapes.Sequence).unsqueeze(-1)).mean().item<float>();
    }

    public void Dispose() => _model.Dispose();
}

/// <summary>The plain model decodes greedily, its cache joined anew for every token.</summary>
internal sealed class PlainDecoding(TransformerConfig config, WeightType type, int batch) : IInferenceSide
{
    private readonly PlainNeoX _model = PlainModel.Create(config, type);
    private readonly long[] _prompt = Array.ConvertAll(Shapes.RandomTokens(config.VocabularySize, batch * DecodeShape.Prompt), token => (long)token);
    private List<(Tensor Key, Tensor Value)>? _read;

    public double Run()
    {
        using var scope = NewDisposeScope();
        using IDisposable inference = inference_mode();
        if (_read is null)
        {
            _model.Cache = _read = [];
            _model.call(tensor(_prompt).view(batch, DecodeShape.Prompt)).Dispose();
        }
        List<(Tensor Key, Tensor Value)> cache = [.. _read.Select(layer => (layer.Key.clone().DetachFromDisposeScope(), layer.Value.clone().DetachFromDisposeScope()))];
        _model.Cache = cache;
        Tensor next = tensor(_prompt).view(batch, DecodeShape.Prompt).narrow(1, DecodeShape.Prompt - 1, 1);
        double sum = 0;
        for (int i = 0; i < DecodeShape.Tokens; i++)
        {
            using var step = NewDisposeScope();
            next = _model.call(next).argmax(-1).MoveToOuterDisposeScope();
            sum += next.select(0, 0).item<long>();
        }
        foreach ((Tensor key, Tensor value) in cache)
        {
            key.Dispose();
            value.Dispose();
        }
        return sum / DecodeShape.Tokens;
    }

    public void Dispose() => _model.Dispose();
}
