namespace Castalia.Bench.Train;

/// <summary>One implementation of a training step.</summary>
internal interface ITrainingSide : IDisposable
{
    /// <summary>One step on <c>[batch, sequence + 1]</c> tokens; returns the mean loss before it.</summary>
    double Step(ReadOnlySpan<int> samples, double learningRate);
}
