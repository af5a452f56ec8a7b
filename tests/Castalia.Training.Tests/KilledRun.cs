using System.Diagnostics;
using Castalia.Data;

namespace Castalia.Training.Tests;

/// <summary>A training run in a process of its own, which can be killed as <c>kill -9</c> does.</summary>
internal static class KilledRun
{
    /// <summary>More steps than the other tests take, and a state for resuming as often as may be, so that a kill can fall into any of them.</summary>
    public static readonly TrainingOptions Options = SmallRuns.Options with { Steps = 48, CheckpointInterval = 1, ResumeSeconds = 1e-3 };

    /// <summary>The child's side: trains, and writes a line a step.</summary>
    public static int Train(string tokens, string output)
    {
        using PackedDataset samples = SmallRuns.Open(tokens, samples: 192);
        try
        {
            Trainer.Run(SmallRuns.Job(samples, output) with { Options = Options }, new EveryStep(step =>
            {
                Console.WriteLine(step);
                Console.Out.Flush();
            }));
            return 0;
        }
        catch (InputException error)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
    }

    /// <summary>
    /// Starts the child and kills it a moment after it said a step.
    /// </summary>
    /// <param name="tokens">The packed tokens' prefix.</param>
    /// <param name="output">The run's folder.</param>
    /// <param name="steps">After how many steps of this process it is killed.</param>
    /// <param name="delay">How long after the last of them.</param>
    /// <returns>Whether it was killed; false where it came to its end first.</returns>
    public static async Task<bool> StartAndKill(string tokens, string output, int steps, TimeSpan delay)
    {
        using Process child = Start(CommandLine(tokens, output));
        Task<string> errors = child.StandardError.ReadToEndAsync();
        for (int said = 0; said < steps; said++)
        {
            if (await child.StandardOutput.ReadLineAsync() is null)
            {
                await child.WaitForExitAsync();
                Assert.True(child.ExitCode == 0, await errors);
                return false;
            }
        }
        await Task.Delay(delay);
        child.Kill();
        await child.WaitForExitAsync();
        return child.ExitCode != 0;
    }

    /// <summary>Runs the child on a system where no file may grow beyond a size, which to a program is a disk that is full.</summary>
    /// <returns>Its exit code and what it said on its standard error.</returns>
    public static async Task<(int ExitCode, string Errors)> RunWithFullDisk(string tokens, string output, int kibibytes)
    {
        // The runtime maps its own code through a file unless told not to, and that file is larger than the limit.
        string script = FormattableString.Invariant($"trap '' XFSZ; export DOTNET_EnableWriteXorExecute=0; ulimit -f {kibibytes}; exec \"$@\"");
        using Process child = Start(["bash", "-c", script, "bash", .. CommandLine(tokens, output)]);
        Task<string> errors = child.StandardError.ReadToEndAsync();
        await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        return (child.ExitCode, await errors);
    }

    private static string[] CommandLine(string tokens, string output)
    {
        string program = Environment.ProcessPath!;
        string[] host = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, typeof(KilledRun).Assembly.Location] : [program];
        return [.. host, Program.TrainVerb, tokens, output];
    }

    private static Process Start(string[] command) =>
        Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
}

/// <summary>Does something after every step, within the training loop.</summary>
internal sealed class EveryStep(Action<long> action) : IProgress<WorkProgress>
{
    public void Report(WorkProgress value) => action(value.Done);
}
