using System.Diagnostics;
using Castalia.Models;
using Castalia.Tensors;

namespace Castalia.Training;

/// <summary>Turns the time of a step into the field's figures.</summary>
internal sealed class StepMeter(TrainingJob job, PeakThroughput peak)
{
    // Where the weights are frozen, their gradient, a third of all products, is not computed.
    private readonly double _operationsPerToken = (job.Lora is null ? 1 : 2.0 / 3)
        * TransformerFlops.TrainingStep(job.Model, job.Options.BatchSize, job.Options.SequenceLength) / job.Options.TokensPerStep;

    /// <summary>The figures of one step.</summary>
    /// <param name="elapsed">How long it took.</param>
    /// <param name="tokens">How many tokens it computed.</param>
    public StepTiming Timing(TimeSpan elapsed, long tokens)
    {
        double seconds = elapsed.TotalSeconds;
        double teraflops = _operationsPerToken * tokens / seconds / 1e12;
        using var process = Process.GetCurrentProcess();
        return new StepTiming(seconds, tokens / seconds, teraflops / peak.Teraflops, teraflops, process.WorkingSet64);
    }

    /// <summary>The figures of a whole run.</summary>
    /// <param name="seconds">Of all steps.</param>
    /// <param name="tokens">That all steps computed.</param>
    /// <param name="teraoperations">10^12 operations of all steps.</param>
    /// <param name="peakMemory">The largest of any step.</param>
    public TrainingTiming Total(double seconds, double tokens, double teraoperations, long peakMemory)
    {
        double teraflops = teraoperations / seconds;
        return new TrainingTiming(
            seconds, tokens / seconds, teraflops / peak.Teraflops, peak.Teraflops, peak.Source, peakMemory, Libtorch.Threads);
    }
}
