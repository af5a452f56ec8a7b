using Castalia.Bench.Train;
using Castalia.Models;
using Castalia.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Castalia.Bench.Plain;

/// <summary>The plain model with torch's AdamW, gradient clipping and cross-entropy on fp32 logits.</summary>
internal sealed class PlainSide : ITrainingSide
{
    private readonly TransformerConfig _config;
    private readonly PlainNeoX _model;
    private readonly AdamW _optimizer;

    public PlainSide(TransformerConfig config, TrainingPrecision precision)
    {
        _config = config;
        _model = new PlainNeoX(config, precision == TrainingPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32);
        using (TransformerWeights weights = WeightInit.Pythia.Create(config, seed: 1))
            _model.Load(weights);
        // Weight decay on matrices only, as in Pythia.
        Parameter[] all = [.. _model.parameters()];
        _optimizer = optim.AdamW(
        [
            new AdamW.ParamGroup(all.Where(parameter => parameter.dim() > 1), Options(0.1)),
            new AdamW.ParamGroup(all.Where(parameter => parameter.dim() == 1), Options(0)),
        ]);

        static AdamW.Options Options(double decay) =>
            new() { LearningRate = 1e-3, InitialLearningRate = 1e-3, beta1 = 0.9, beta2 = 0.95, eps = 1e-8, weight_decay = decay };
    }

    public double Step(ReadOnlySpan<int> samples, double learningRate)
    {
        using var scope = NewDisposeScope();
        Tensor all = tensor(samples.ToArray(), dtype: ScalarType.Int64).view(Shapes.Batch, Shapes.Sequence + 1);
        Tensor tokens = all.narrow(1, 0, Shapes.Sequence).contiguous();
        Tensor labels = all.narrow(1, 1, Shapes.Sequence).reshape(-1);
        foreach (var group in _optimizer.ParamGroups)
            group.LearningRate = learningRate;
        _optimizer.zero_grad();
        Tensor logits = _model.call(tokens).view(-1, _config.VocabularySize);
        Tensor loss = F.cross_entropy(logits.to(ScalarType.Float32), labels);
        loss.backward();
        nn.utils.clip_grad_norm_(_model.parameters(), 1.0);
        _optimizer.step();
        return loss.item<float>();
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _model.Dispose();
    }
}
