using System.Text.Json;
using Castalia.Bench.Gemm;
using Castalia.Bench.Generate;
using Castalia.Bench.Harness;
using Castalia.Bench.Loglikelihood;
using Castalia.Bench.Tokenizers;
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
    }

    public static void Generate(IEnumerable<GenerateRow> rows)
    {
        Table table = new Table().AddColumns("model", "weights", "batch", "side", "tokens/s median", "best", "ours is faster by", "of bandwidth");
        foreach (GenerateRow row in rows)
        {
            bool memory = row.Side == "memory";
            table.AddRow(row.Size, row.Type, $"{row.Batch}", memory ? $"memory, {Statistics.Median(row.Rounds) / 1e9:f1} GB/s, at best {row.Rounds.Max() / 1e9:f1}" : row.Side,
                $"{row.TokensPerSecond:f0}", memory ? "" : $"{row.Rounds.Max():f0}", Ratio(row.OursFaster), row.ShareOfBandwidth is { } share ? $"{share:p0}" : "");
        }
        WriteWide(table);
    }

    public static void Loglikelihood(IEnumerable<LoglikelihoodRow> rows)
    {
        Table table = new Table().AddColumns("model", "type", "side", "tokens/s", "ours is faster by", "by CPU time", "peak memory", "mean log probability");
        foreach (LoglikelihoodRow row in rows)
        {
            table.AddRow(row.Size, row.Type, row.Side, $"{row.TokensPerSecond:f0}", Ratio(row.OursFaster), Ratio(row.OursFasterByCpu),
                $"{row.PeakMemoryBytes / 1e9:f2} GB", $"{row.MeanLogProbability:f4}");
        }
        WriteWide(table);
    }

    public static void Harness(IEnumerable<HarnessRow> rows, IEnumerable<PlumbingRow> plumbing)
    {
        Table table = new Table().AddColumns("task", "side", "documents", "requests", "documents/s", "ours is faster by", "metrics", "largest difference");
        foreach (HarnessRow row in rows)
        {
            table.AddRow(row.Task, row.Side, $"{row.Documents}", $"{row.Requests}", $"{row.DocumentsPerSecond:f2}", Ratio(row.OursFaster),
                row.SameMetrics switch { null => "", true => "identical", false => "differ" }, row.LargestDifference is { } difference ? $"{difference:e1}" : "");
        }
        WriteWide(table);
        Table without = new Table().AddColumns("without a model", "requests", "prompts, s", "whole, s");
        foreach (PlumbingRow row in plumbing)
            without.AddRow(row.Task, $"{row.Requests}", $"{row.BuildSeconds:f2}", $"{row.Seconds:f2}");
        WriteWide(without);
    }

    public static void Tokenizer(IEnumerable<TokenizerRow> rows)
    {
        Table table = new Table().AddColumns(
            "vocabulary", "corpus", "side", "MB/s", "ours faster", "by CPU", "first pass", "all threads", "scaling", "alloc. B/KB", "tokens", "docs unlike ours");
        foreach (TokenizerRow row in rows)
        {
            table.AddRow(row.Vocabulary, row.Corpus, row.Side, $"{row.MegabytesPerSecond:f1}", Ratio(row.OursFaster), Ratio(row.OursFasterByCpu), $"{row.FirstPass:f1}", $"{row.AllThreads:f1}",
                $"{row.Scaling:f2} x", $"{row.AllocatedPerKilobyte:f2}", $"{row.Tokens}", $"{row.DocumentsThatDiffer}");
        }
        WriteWide(table);
    }

    public static void TrainTokenizer(IEnumerable<TrainTokenizerRow> rows)
    {
        Table table = new Table().AddColumns("side", "first run, s", "median, s", "best, s", "processor, s", "MB/s", "ours is faster by", "tokens or merges");
        foreach (TrainTokenizerRow row in rows)
        {
            table.AddRow(row.Side, $"{row.FirstSeconds:f2}", $"{row.Seconds:f2}", $"{row.BestSeconds:f2}", $"{row.ProcessorSeconds:f2}",
                $"{row.MegabytesPerSecond:f1}", Ratio(row.OursFaster), $"{row.Results}");
        }
        WriteWide(table);
    }

    private static void WriteWide(Table table)
    {
        // Written to a file, a table is not to be folded.
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, Console.IsOutputRedirected ? 170 : 0);
        AnsiConsole.Write(table);
    }

    public static void Phases(IEnumerable<PhaseRow> rows)
    {
        Table table = new Table().AddColumns("vocabulary", "corpus", "words", "not cached", "ns/word", "UTF-8", "normalized?", "added tokens", "find words", "merge", "look up, write", "MB/s");
        foreach (PhaseRow row in rows)
        {
            table.AddRow([row.Vocabulary, row.Corpus, $"{row.Words}", $"{(double)row.Misses / row.Words:p1}", $"{row.Whole * 1e9 / row.Words:f1}",
                .. ((double[])[row.Validate, row.Normalize, row.AddedTokens, row.FindWords, row.MergeMisses, row.Rest]).Select(part => $"{part / row.Whole:p0}"),
                $"{row.Bytes / row.Whole / 1e6:f0}"]);
        }
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, Console.IsOutputRedirected ? 170 : 0);
        AnsiConsole.Write(table);
    }

    private static string Ratio(double? ratio) => ratio is { } value ? $"{value:f2} x" : "";

    public static void WriteJson(FileInfo? file, object figures)
    {
        if (file is not null)
            AtomicFile.WriteAllText(file.FullName, JsonSerializer.Serialize(figures, Json) + "\n");
    }
}
