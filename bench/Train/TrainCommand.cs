using System.CommandLine;
using Castalia.Bench.Gemm;
using Castalia.Bench.Output;
using Castalia.Bench.Sides;
using Castalia.Models;
using Castalia.Training;
using Spectre.Console;

namespace Castalia.Bench.Train;

/// <summary>What one side came to.</summary>
/// <param name="Size">The model.</param>
/// <param name="Precision">bf16 or fp32.</param>
/// <param name="Side">Which implementation, and its settings.</param>
/// <param name="TokensPerSecond">Median over the rounds.</param>
/// <param name="OursFaster">Median over the rounds of this side's time by ours in the same round; null for ours itself.</param>
/// <param name="OursFasterByCpu">The same of processor time, which other people's load does not lengthen.</param>
/// <param name="PeakMemoryBytes">The most memory its process had.</param>
/// <param name="ShareOfCeiling">The model's operations a second, as a share of what the bare products reached in the same rounds.</param>
/// <param name="Seconds">Every round's wall time.</param>
/// <param name="CpuSeconds">Every round's processor time.</param>
internal sealed record TrainRow(string Size, string Precision, string Side, double TokensPerSecond, double? OursFaster, double? OursFasterByCpu,
    long PeakMemoryBytes, double ShareOfCeiling, IReadOnlyList<double> Seconds, IReadOnlyList<double> CpuSeconds);

/// <summary><c>bench train</c>: our training step beside the plain one, step by step in turn.</summary>
internal static class TrainCommand
{
    // Each opponent has its own rounds against ours and the bare products: all at once would not fit in memory.
    private static readonly (SideKind Kind, string Name)[] Opponents =
        [(SideKind.Plain, "plain, as installed"), (SideKind.PlainTuned, "plain, tuned as ours")];

    public static Command Create()
    {
        Option<string[]> sizes = new("--sizes") { Description = "Models: 10m or a Pythia size.", DefaultValueFactory = _ => ["14m", "10m", "70m"], AllowMultipleArgumentsPerToken = true };
        Option<TrainingPrecision[]> precisions = new("--precisions") { Description = "Number formats.", DefaultValueFactory = _ => [TrainingPrecision.BFloat16, TrainingPrecision.Float32], AllowMultipleArgumentsPerToken = true };
        Option<int> steps = new("--steps") { Description = "Measured steps of every side, or steps of a curve (300).", DefaultValueFactory = _ => 5 };
        Option<int> warmup = new("--warmup") { Description = "Steps before the first that counts.", DefaultValueFactory = _ => 2 };
        Option<int> threads = new("--threads") { Description = "Threads of libtorch.", DefaultValueFactory = _ => Environment.ProcessorCount };
        Option<FileInfo?> json = new("--json") { Description = "Also write the figures to this file." };
        Option<DirectoryInfo?> curves = new("--curves") { Description = "Train both sides on real text instead and write their loss curves into this folder." };
        Command command = new("train", "Measures our training step beside a plain TorchSharp one.") { sizes, precisions, steps, warmup, threads, json, curves };
        command.SetAction(result =>
        {
            if (result.GetValue(curves) is { } folder)
                return LossCurves.Run(folder, result.GetResult(steps)?.Implicit == false ? result.GetValue(steps) : 300, result.GetValue(threads));
            List<TrainRow> rows = [];
            foreach (string size in result.GetValue(sizes)!)
            {
                foreach (TrainingPrecision precision in result.GetValue(precisions)!)
                    rows.AddRange(Measure(size, precision, result.GetValue(steps), result.GetValue(warmup), result.GetValue(threads)));
            }
            AnsiConsole.WriteLine(Machine.Describe());
            AnsiConsole.WriteLine($"batch {Shapes.Batch} x {Shapes.Sequence} tokens, {result.GetValue(threads)} threads; sides take steps in turn, medians over rounds");
            Tables.Train(rows);
            Tables.WriteJson(result.GetValue(json), new { Machine = Machine.Describe(), Threads = result.GetValue(threads), Rows = rows });
            return 0;
        });
        return command;
    }

    private static List<TrainRow> Measure(string size, TrainingPrecision precision, int steps, int warmup, int threads)
    {
        TransformerConfig config = Shapes.Named(size);
        double flops = TransformerFlops.TrainingStep(config, Shapes.Batch, Shapes.Sequence);
        double productFlops = GemmSide.Flops(config);
        string type = precision == TrainingPrecision.BFloat16 ? "bf16" : "fp32";
        List<TrainRow> rows = [];
        List<SideAnswer> allOurs = [];
        List<SideAnswer> allProducts = [];
        foreach ((SideKind opponent, string name) in Opponents)
        {
            SideAnswer[][] answers = TakeTurns([SideKind.Ours, opponent, SideKind.Products], size, precision, steps, warmup, threads);
            (SideAnswer[] ours, SideAnswer[] theirs, SideAnswer[] products) = (answers[0], answers[1], answers[2]);
            rows.Add(Row(name, theirs, products) with
            {
                OursFaster = Statistics.Median([.. theirs.Zip(ours, (their, our) => their.Seconds / our.Seconds)]),
                OursFasterByCpu = Statistics.Median([.. theirs.Zip(ours, (their, our) => their.CpuSeconds / our.CpuSeconds)]),
            });
            allOurs.AddRange(ours);
            allProducts.AddRange(products);
        }
        rows.Insert(0, Row("Castalia", allOurs, allProducts));
        // The products' own operations, not the model's: attention's are left out of them.
        rows.Add(Row("bare products", allProducts, allProducts) with { ShareOfCeiling = 1 });
        return rows;

        TrainRow Row(string side, IReadOnlyList<SideAnswer> own, IReadOnlyList<SideAnswer> products) => new(size, type, side,
            Shapes.Tokens / Statistics.Median([.. own.Select(answer => answer.Seconds)]), null, null, own.Max(answer => answer.PeakMemory),
            Statistics.Median([.. own.Zip(products, (answer, bare) => flops / answer.Seconds / (productFlops / bare.Seconds))]),
            [.. own.Select(answer => answer.Seconds)], [.. own.Select(answer => answer.CpuSeconds)]);
    }

    private static SideAnswer[][] TakeTurns(SideKind[] sides, string size, TrainingPrecision precision, int steps, int warmup, int threads)
    {
        SideProcess[] processes = [.. sides.Select(side => TrainingSides.Start(side, size, precision, threads))];
        try
        {
            return SideProcess.TakeTurns(processes, steps, warmup, step =>
                AnsiConsole.WriteLine($"{size} {precision} against {sides[1]}: {(step < 0 ? "warmup" : $"round {step + 1}/{steps}")}"));
        }
        finally
        {
            foreach (SideProcess process in processes)
                process.Dispose();
        }
    }
}
