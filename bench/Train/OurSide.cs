using Castalia.Models;
using Castalia.Training;

namespace Castalia.Bench.Train;

/// <summary>Castalia's training step.</summary>
internal sealed class OurSide(TransformerConfig config, TrainingPrecision precision) : ITrainingSide
{
    private readonly TrainingStep _step = new(
        WeightInit.Pythia.Create(config, seed: 1),
        new TrainingOptions { SequenceLength = Shapes.Sequence, BatchSize = Shapes.Batch, Precision = precision });

    public double Step(ReadOnlySpan<int> samples, double learningRate) => _step.Run(samples, learningRate).Loss;

    public void Dispose() => _step.Dispose();
}
