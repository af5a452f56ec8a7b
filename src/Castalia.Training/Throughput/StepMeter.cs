using System.Diagnostics;
using Castalia.Models;
using Castalia.Tensors;

namespace Castalia.Training;

/// <summary>Turns the time of a step into the field's figures.</summary>
internal sealed class StepMeter(TransformerConfig model, TrainingOptions options, PeakThroughput peak)
{
    private readonly double _operations = TransformerFlops.TrainingStep(model, options.BatchSize, options.SequenceLength);

    /// <summary>The figures of one step.</summary>
    public StepTiming Timing(TimeSpan elapsed)
    {
        double seconds = elapsed.TotalSeconds;
        double teraflops = _operations / seconds / 1e12;
        using var process = Process.GetCurrentProcess();
        return new StepTiming(seconds, options.TokensPerStep / seconds, teraflops / peak.Teraflops, teraflops, process.WorkingSet64);
    }

    /// <summary>The figures of a whole run.</summary>
    public TrainingTiming Total(double seconds, long peakMemory)
    {
        double teraflops = _operations * options.Steps / seconds / 1e12;
        return new TrainingTiming(
            seconds, options.TokensPerStep * options.Steps / seconds, teraflops / peak.Teraflops, peak.Teraflops, peak.Source, peakMemory, Libtorch.Threads);
    }
}
