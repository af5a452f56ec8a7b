using System.CommandLine;
using Castalia.Bench.Inference;
using Castalia.Bench.Output;
using Castalia.Bench.Sides;
using Spectre.Console;

namespace Castalia.Bench.Loglikelihood;

/// <summary>What one side came to.</summary>
/// <param name="Size">The model.</param>
/// <param name="Type">bf16 or fp32.</param>
/// <param name="Side">Which implementation, and its settings.</param>
/// <param name="TokensPerSecond">Median over the rounds.</param>
/// <param name="OursFaster">Median over the rounds of this side's time by ours in the same round; null for ours itself.</param>
/// <param name="OursFasterByCpu">The same of processor time, which other people's load does not lengthen.</param>
/// <param name="PeakMemoryBytes">The most memory its process had.</param>
/// <param name="MeanLogProbability">What it computed, in nats.</param>
/// <param name="Seconds">Every round's wall time.</param>
internal sealed record LoglikelihoodRow(string Size, string Type, string Side, double TokensPerSecond, double? OursFaster, double? OursFasterByCpu,
    long PeakMemoryBytes, double MeanLogProbability, IReadOnlyList<double> Seconds);

/// <summary><c>bench loglikelihood</c>: a pass with the log probability of every token, ours beside the plain one.</summary>
internal static class LoglikelihoodCommand
{
    private static readonly (SideKind Kind, string Name)[] Sides =
        [(SideKind.Ours, "Castalia"), (SideKind.Plain, "plain, as installed"), (SideKind.PlainTuned, "plain, tuned as ours")];

    public static Command Create()
    {
        Option<string[]> sizes = new("--sizes") { Description = "Models: Pythia sizes.", DefaultValueFactory = _ => ["70m", "160m", "410m"], AllowMultipleArgumentsPerToken = true };
        Option<WeightType[]> types = new("--types") { Description = "What weights are kept in and computed with.", DefaultValueFactory = _ => [WeightType.BFloat16], AllowMultipleArgumentsPerToken = true };
        Option<int> rounds = new("--rounds") { Description = "Measured passes of every side.", DefaultValueFactory = _ => 5 };
        Option<int> threads = new("--threads") { Description = "Threads of every side.", DefaultValueFactory = _ => Environment.ProcessorCount };
        Option<FileInfo?> json = new("--json") { Description = "Also write the figures to this file." };
        Command command = new("loglikelihood", "Measures passes with the log probability of every token beside a plain TorchSharp one.") { sizes, types, rounds, threads, json };
        command.SetAction(result =>
        {
            List<LoglikelihoodRow> rows = [];
            foreach (string size in result.GetValue(sizes)!)
            {
                foreach (WeightType type in result.GetValue(types)!)
                    rows.AddRange(Measure(size, type, result.GetValue(rounds), result.GetValue(threads)));
            }
            AnsiConsole.WriteLine(Machine.Describe());
            AnsiConsole.WriteLine($"random weights, {Shapes.Batch} x {Shapes.Sequence} tokens, {result.GetValue(threads)} threads; sides take passes in turn, medians over rounds");
            Tables.Loglikelihood(rows);
            Tables.WriteJson(result.GetValue(json), new { Machine = Machine.Describe(), Threads = result.GetValue(threads), Rows = rows });
            return 0;
        });
        return command;
    }

    private static List<LoglikelihoodRow> Measure(string size, WeightType type, int rounds, int threads)
    {
        string typeName = type switch { WeightType.Float32 => "fp32", WeightType.BFloat16 => "bf16", _ => "int8" };
        SideProcess[] processes = [.. Sides.Select(side => InferenceSides.Start(side.Kind, InferenceWork.Score, size, type, Shapes.Batch, threads))];
        try
        {
            SideAnswer[][] answers = SideProcess.TakeTurns(processes, rounds, warmup: 1, round =>
                AnsiConsole.WriteLine($"{size} {typeName}: {(round < 0 ? "warmup" : $"round {round + 1}/{rounds}")}"));
            return [.. answers.Select((own, side) => new LoglikelihoodRow(size, typeName, Sides[side].Name,
                Shapes.Tokens / Statistics.Median([.. own.Select(answer => answer.Seconds)]),
                side == 0 ? null : Statistics.Median([.. own.Zip(answers[0], (their, our) => their.Seconds / our.Seconds)]),
                side == 0 ? null : Statistics.Median([.. own.Zip(answers[0], (their, our) => their.CpuSeconds / our.CpuSeconds)]),
                own.Max(answer => answer.PeakMemory), own[^1].Loss, [.. own.Select(answer => answer.Seconds)]))];
        }
        finally
        {
            foreach (SideProcess process in processes)
                process.Dispose();
        }
    }
}
