using System.Text.Json;
using Castalia.Bench.Gemm;
using Castalia.Bench.Train;
using Castalia.Formats;
using Spectre.Console;

namespace Castalia.Bench.Output;

/// <summary>Results for people and for programs.</summary>
internal static class Tables
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static void Gemm(IEnumerable<GemmRow> rows)
    {
        Table table = new Table().AddColumns("model", "type", "product", "shape", "GFLOP/s median", "best");
        foreach (GemmRow row in rows)
            table.AddRow(row.Size, row.Precision, row.Product, row.Shape, $"{row.MedianGflops:f0}", $"{row.BestGflops:f0}");
        AnsiConsole.Write(table);
    }

    public static void Train(IEnumerable<TrainRow> rows)
    {
        Table table = new Table().AddColumns("model", "type", "side", "tokens/s", "ours is faster by", "by CPU time", "peak memory", "of ceiling");
        foreach (TrainRow row in rows)
        {
            table.AddRow(row.Size, row.Precision, row.Side, $"{row.TokensPerSecond:f0}", Ratio(row.OursFaster), Ratio(row.OursFasterByCpu),
                $"{row.PeakMemoryBytes / 1e9:f2} GB", $"{row.ShareOfCeiling:p0}");
        }
        AnsiConsole.Write(table);

        static string Ratio(double? ratio) => ratio is { } value ? $"{value:f2} x" : "";
    }

    public static void WriteJson(FileInfo? file, object figures)
    {
        if (file is not null)
            AtomicFile.WriteAllText(file.FullName, JsonSerializer.Serialize(figures, Json) + "\n");
    }
}
