using System.Diagnostics;
using Castalia.Cli.Tests.Commands;

[assembly: AssemblyFixture(typeof(ReferenceRun))]

namespace Castalia.Cli.Tests.Commands;

/// <summary>One run from beginning to end that nothing disturbed, made once for all tests. They read it or copy it.</summary>
public sealed class ReferenceRun : IDisposable
{
    private readonly Lazy<SmallExperiment> _experiment;

    public ReferenceRun() => _experiment = new Lazy<SmallExperiment>(Make);

    /// <summary>The experiment, done.</summary>
    internal SmallExperiment Experiment => _experiment.Value;

    /// <summary>How long it took.</summary>
    internal TimeSpan Duration { get; private set; }

    public void Dispose()
    {
        if (_experiment.IsValueCreated)
            _experiment.Value.Dispose();
    }

    private SmallExperiment Make()
    {
        SmallExperiment experiment = SmallExperiment.Create();
        long started = Stopwatch.GetTimestamp();
        CastaliaProgram.Succeed(experiment.Folder, SmallExperiment.RunArguments());
        Duration = Stopwatch.GetElapsedTime(started);
        return experiment;
    }
}
