using Castalia.Models;
using Castalia.Tensors;
using static TorchSharp.torch;

namespace Castalia.Bench.Inference;

/// <summary>Castalia scores every token.</summary>
internal sealed class OurScoring(TransformerConfig config, WeightType type) : IInferenceSide
{
    private readonly Transformer _model = OurModel.Create(config, type);
    private readonly int[] _samples = Shapes.RandomTokens(config.VocabularySize, Shapes.Batch * (Shapes.Sequence + 1));

    public double Run()
    {
        using var scope = NewDisposeScope();
        using IDisposable inference = inference_mode();
        Tensor all = tensor(_samples, dtype: ScalarType.Int64).view(Shapes.Batch, Shapes.Sequence + 1);
        Tensor hidden = _model.Hidden(all.narrow(1, 0, Shapes.Sequence)).flatten(0, 1);
        (Tensor logProbabilities, _) = ChunkedCrossEntropy.TokenLogProbabilities(
            hidden, _model.Weights.Unembedding, all.narrow(1, 1, Shapes.Sequence).reshape(-1), _model.Weights.UnembeddingBias);
        return logProbabilities.mean().item<float>();
    }

    public void Dispose() => _model.Dispose();
}

/// <summary>Castalia decodes greedily.</summary>
internal sealed class OurDecoding(TransformerConfig config, WeightType type, int batch) : IInferenceSide
{
    private readonly Transformer _model = OurModel.Create(config, type);
    private readonly long[] _prompt = Array.ConvertAll(Shapes.RandomTokens(config.VocabularySize, batch * DecodeShape.Prompt), token => (long)token);
    private KeyValueCache? _cache;

    public double Run()
    {
        using var scope = NewDisposeScope();
        using IDisposable inference = inference_mode();
        if (_cache is null)
        {
            // Read once: what is measured is decoding.
            _cache = new KeyValueCache(_model.Weights, batch, DecodeShape.Prompt + DecodeShape.Tokens);
            _model.Hidden(tensor(_prompt).view(batch, DecodeShape.Prompt), new ForwardOptions { Cache = _cache }).Dispose();
        }
        _cache.Truncate(DecodeShape.Prompt);
        Tensor next = tensor(_prompt).view(batch, DecodeShape.Prompt).narrow(1, DecodeShape.Prompt - 1, 1);
        var options = new ForwardOptions { Cache = _cache };
        double sum = 0;
        for (int i = 0; i < DecodeShape.Tokens; i++)
        {
            using var step = NewDisposeScope();
            Tensor logits = _model.Logits(_model.Hidden(next, options));                 // [batch, 1, vocabulary]
            next = logits.argmax(-1).MoveToOuterDisposeScope();                          // [batch, 1]
            sum += next.select(0, 0).item<long>();
        }
        return sum / DecodeShape.Tokens;
    }

    public void Dispose()
    {
        _cache?.Dispose();
        _model.Dispose();
    }
}

/// <summary>Our model with random weights.</summary>
internal static class OurModel
{
    public static Transformer Create(TransformerConfig config, WeightType type)
    {
        if (type == WeightType.Float32)
            return new Transformer(WeightInit.Pythia.Create(config, seed: 1));
        TransformerWeights weights = WeightInit.Pythia.Create(config, seed: 1, ScalarType.BFloat16);
        if (type == WeightType.BFloat16)
            return new Transformer(weights);
        using (weights)
            return new Transformer(weights.Quantize());
    }
}
