using System.Diagnostics;
using System.Text.Json;
using Castalia.Cli.Tests.Commands;
using Castalia.Recipes.Stages;

namespace Castalia.Cli.Tests;

/// <summary>A run killed with SIGKILL and started again ends in the same bits as one that nothing disturbed.</summary>
public sealed class KillTests(ReferenceRun reference)
{
    private const int Runs = 3, KillsEach = 2, Seed = 20260724;

    [Fact]
    public void Killed_at_any_instant_and_started_again_it_ends_in_the_same_bits()
    {
        IReadOnlyDictionary<string, string> expected = reference.Experiment.Results();
        var random = new Random(Seed);
        double scale = reference.Duration.TotalSeconds;
        int kills = 0;
        for (int run = 0; run < Runs; run++)
        {
            using SmallExperiment experiment = SmallExperiment.Create();
            for (int kill = 0; kill < KillsEach; kill++)
            {
                // The first kill of each run falls into its own third of the way, the next anywhere in what is left.
                double share = kill == 0 ? (run + random.NextDouble()) / Runs : random.NextDouble() * (Runs - run) / Runs;
                if (!StartAndKill(experiment, TimeSpan.FromSeconds(scale * share)))
                {
                    scale *= 0.7; // the machine has less to do now than when the reference was made
                    break;
                }
                kills++;
                AssertNothingHalfWritten(experiment);
            }
            CastaliaProgram.Succeed(experiment.Folder, SmallExperiment.RunArguments());
            Assert.Equal(expected, experiment.Results());
            Assert.Equal(reference.Experiment.Files("runs", "small").Keys.Order(), experiment.Files("runs", "small").Keys.Order());
        }
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant($"{kills} kills fell into a run."));
        Assert.True(kills > 0, "No kill fell into a run.");
    }

    private static bool StartAndKill(SmallExperiment experiment, TimeSpan delay)
    {
        using Process process = CastaliaProgram.Start(experiment.Folder, SmallExperiment.RunArguments());
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        bool ended = process.WaitForExit(delay);
        if (!ended)
            process.Kill();
        process.WaitForExit();
        string said = output.GetAwaiter().GetResult() + errors.GetAwaiter().GetResult();
        if (process.ExitCode == 0)
            return false;
        Assert.False(ended, said); // it may be killed, but must not fail by itself
        return true;
    }

    /// <summary>Whatever stands under its final name is whole, and a stage with a manifest has all that the manifest names.</summary>
    private static void AssertNothingHalfWritten(SmallExperiment experiment)
    {
        foreach ((string file, (_, long bytes)) in experiment.Files("runs"))
        {
            string path = experiment["runs", file];
            // The one file that grows in place is the log of steps; before its first line it is empty.
            if (Path.GetFileName(path) != "metrics.jsonl")
                Assert.True(bytes > 0, path);
            if (Path.GetExtension(path) == ".json")
                JsonDocument.Parse(File.ReadAllBytes(path)).Dispose();
            if (Path.GetFileName(path) == StageManifest.FileName)
            {
                string folder = Path.GetDirectoryName(path)!;
                Assert.All(StageManifest.Read(folder)!.Outputs, output => Assert.Equal(output.Value.Sha256, Formats.ContentHash.OfFile(Path.Combine(folder, output.Key))));
            }
        }
    }
}
