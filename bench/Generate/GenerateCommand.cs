using System.CommandLine;
using Castalia.Bench.Inference;
using Castalia.Bench.Output;
using Castalia.Bench.Sides;
using Spectre.Console;

namespace Castalia.Bench.Generate;

/// <summary>What one side came to.</summary>
/// <param name="Size">The model.</param>
/// <param name="Type">What its weights are kept in.</param>
/// <param name="Batch">Sequences decoded together.</param>
/// <param name="Side">Which implementation, and its settings.</param>
/// <param name="TokensPerSecond">Of all sequences together, median over the rounds.</param>
/// <param name="OursFaster">Median over the rounds of ours by this side's in the same round; null for ours itself.</param>
/// <param name="ShareOfBandwidth">Bytes of weights read a second by the bandwidth of the same round, median; null where they are not known.</param>
/// <param name="Rounds">Every round's tokens a second.</param>
internal sealed record GenerateRow(
    string Size, string Type, int Batch, string Side, double TokensPerSecond, double? OursFaster, double? ShareOfBandwidth, IReadOnlyList<double> Rounds);

/// <summary><c>bench generate</c>: decoding token by token, ours beside the plain one, beside the bandwidth of memory, and beside llama.cpp.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        Option<string[]> sizes = new("--sizes") { Description = "Models: Pythia sizes.", DefaultValueFactory = _ => ["70m", "160m", "410m"], AllowMultipleArgumentsPerToken = true };
        Option<WeightType[]> types = new("--types") { Description = "What weights are kept in.", DefaultValueFactory = _ => [WeightType.BFloat16, WeightType.Int8], AllowMultipleArgumentsPerToken = true };
        Option<int[]> batches = new("--batches") { Description = "Sequences decoded together.", DefaultValueFactory = _ => [1, 16], AllowMultipleArgumentsPerToken = true };
        Option<int> rounds = new("--rounds") { Description = $"Measured rounds of every side, {DecodeShape.Tokens} tokens a sequence each.", DefaultValueFactory = _ => 7 };
        Option<int> threads = new("--threads") { Description = "Threads of every side.", DefaultValueFactory = _ => Environment.ProcessorCount };
        Option<FileInfo?> llama = new("--peer-llama") { Description = "llama.cpp's llama-bench, as a further side at batch 1." };
        Option<DirectoryInfo?> models = new("--peer-models") { Description = "Folder with the models for --peer-llama: SIZE-bf16.gguf and SIZE-q8_0.gguf." };
        Option<FileInfo?> json = new("--json") { Description = "Also write the figures to this file." };
        Command command = new("generate", "Measures decoding beside a plain TorchSharp one, the bandwidth of memory and llama.cpp.")
            { sizes, types, batches, rounds, threads, llama, models, json };
        command.SetAction(result =>
        {
            LlamaBench? peer = result.GetValue(llama) is { } program && result.GetValue(models) is { } folder ? new(program, folder, result.GetValue(threads)) : null;
            List<GenerateRow> rows = [];
            foreach (string size in result.GetValue(sizes)!)
            {
                foreach (int batch in result.GetValue(batches)!)
                {
                    foreach (WeightType type in result.GetValue(types)!)
                        rows.AddRange(Measure(size, type, batch, result.GetValue(rounds), result.GetValue(threads), peer));
                }
            }
            AnsiConsole.WriteLine(Machine.Describe());
            AnsiConsole.WriteLine($"random weights, greedy, {DecodeShape.Tokens} tokens behind {DecodeShape.Prompt}, {result.GetValue(threads)} threads; sides take turns, medians over rounds; "
                + "share of bandwidth: bytes of the matrices a step reads, by what reading memory alone reached in the same round");
            Tables.Generate(rows);
            Tables.WriteJson(result.GetValue(json), new { Machine = Machine.Describe(), Threads = result.GetValue(threads), Rows = rows });
            return 0;
        });
        return command;
    }

    private static List<GenerateRow> Measure(string size, WeightType type, int batch, int rounds, int threads, LlamaBench? peer)
    {
        string typeName = type switch { WeightType.Float32 => "fp32", WeightType.BFloat16 => "bf16", _ => "int8" };
        double bytes = DecodeShape.WeightBytes(Shapes.Named(size), type);
        FileInfo? model = batch == 1 ? peer?.Model(size, type == WeightType.Int8 ? "q8_0" : typeName) : null;
        // Plain TorchSharp has no int8: it stands there in bf16.
        (SideKind Kind, string Name)[] sides =
        [
            (SideKind.Memory, "memory"), (SideKind.Ours, "Castalia"),
            (SideKind.Plain, "plain, as installed" + (type == WeightType.Int8 ? ", bf16" : "")), (SideKind.PlainTuned, "plain, tuned as ours" + (type == WeightType.Int8 ? ", bf16" : "")),
        ];
        SideProcess[] processes = [.. sides.Select(side => InferenceSides.Start(side.Kind, InferenceWork.Decode, size, type, batch, threads))];
        List<double> llama = [];
        SideAnswer[][] answers;
        try
        {
            answers = SideProcess.TakeTurns(processes, rounds, warmup: 1, round =>
            {
                if (model is not null && peer!.TokensPerSecond(model, DecodeShape.Tokens) is var speed && round >= 0)
                    llama.Add(speed);
                AnsiConsole.WriteLine($"{size} {typeName} batch {batch}: {(round < 0 ? "warmup" : $"round {round + 1}/{rounds}")}");
            });
        }
        finally
        {
            foreach (SideProcess process in processes)
                process.Dispose();
        }
        double[] bandwidth = [.. answers[0].Select(answer => MemorySide.Bytes / answer.Seconds)];
        double[][] speeds = [.. answers[1..].Select(side => side.Select(answer => batch * DecodeShape.Tokens / answer.Seconds).ToArray())];
        List<GenerateRow> rows = [.. speeds.Select((speed, side) => Row(sides[side + 1].Name, speed))];
        if (llama.Count > 0)
            rows.Add(Row(type == WeightType.Int8 ? "llama.cpp, q8_0" : "llama.cpp", [.. llama]));
        rows.Add(new GenerateRow(size, typeName, batch, "memory", Statistics.Median(bandwidth) / bytes * batch, null, 1, bandwidth));
        return rows;

        GenerateRow Row(string side, double[] speed) => new(size, typeName, batch, side, Statistics.Median(speed),
            ReferenceEquals(speed, speeds[0]) ? null : Statistics.Median([.. speeds[0].Zip(speed, (ours, theirs) => ours / theirs)]),
            side.EndsWith(", bf16", StringComparison.Ordinal) ? null : Statistics.Median([.. speed.Zip(bandwidth, (tokens, memory) => tokens / batch * bytes / memory)]), speed);
    }
}
