using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Castalia.Bench.Output;
using Castalia.Formats;
using Castalia.Text;
using Spectre.Console;

namespace Castalia.Bench.Tokenizers;

/// <summary><c>bench tokenizer-train</c>: how fast tokenizers are trained, beside a plain trainer.</summary>
internal static class TrainTokenizerCommand
{
    public static Command Create()
    {
        Option<FileInfo?> text = new("--text") { Description = "The text to train on, line by line (.txt, also .zst or .gz); train5.txt of the tests if left out." };
        Option<int> size = new("--vocabulary-size") { Description = "How many tokens.", DefaultValueFactory = _ => 30_000 };
        Option<int> rounds = new("--rounds") { Description = "Times each side is measured, in turn.", DefaultValueFactory = _ => 5 };
        Option<int> threads = new("--threads") { Description = "Threads.", DefaultValueFactory = _ => Environment.ProcessorCount };
        Option<bool> stream = new("--stream") { Description = "Train BPE alone, once, reading the text as it goes: for texts larger than memory." };
        Option<FileInfo?> json = new("--json") { Description = "Also write the figures to this file." };
        Command command = new("tokenizer-train", "Measures training of byte-level BPE, and of the other models, beside a plain trainer.") { text, size, rounds, threads, stream, json };
        command.SetAction(result =>
        {
            string path = result.GetValue(text)?.FullName ?? Path.Combine(BenchCorpus.RepositoryRoot, "tests", "fixtures", "tokenizers", "train5.txt.zst");
            TrainerOptions options = new() { VocabularySize = result.GetValue(size), Threads = result.GetValue(threads), SpecialTokens = [], AllBytes = false };
            AnsiConsole.WriteLine(Machine.Describe());
            List<TrainTokenizerRow> rows = result.GetValue(stream) ? [Stream(path, options)] : Measure(path, options, result.GetValue(rounds));
            Tables.TrainTokenizer(rows);
            AnsiConsole.WriteLine($"peak memory of this process {Machine.PeakMemory() / 1e6:f0} MB");
            Tables.WriteJson(result.GetValue(json), new { Machine = Machine.Describe(), Threads = options.Threads, PeakMemory = Machine.PeakMemory(), Rows = rows });
            return 0;
        });
        return command;
    }

    private static TrainTokenizerRow Stream(string path, TrainerOptions options)
    {
        TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
        long start = Stopwatch.GetTimestamp(), bytes = 0;
        int tokens = TokenizerTrainer.Train(Lines(path).Select(Counted), options).Tokens.Count;
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new TrainTokenizerRow($"ours, Bpe, {bytes / 1e6:f0} MB", seconds, seconds, seconds,
            (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds, bytes / 1e6 / seconds, null, tokens);

        string Counted(string line)
        {
            bytes += Encoding.UTF8.GetByteCount(line);
            return line;
        }
    }

    private static List<TrainTokenizerRow> Measure(string path, TrainerOptions options, int rounds)
    {
        string[] lines = [.. Lines(path)];
        double megabytes = lines.Sum(line => (double)Encoding.UTF8.GetByteCount(line)) / 1e6;
        (string Name, Func<int> Train)[] sides =
        [
            ("ours, Bpe", () => TokenizerTrainer.Train(lines, options).Tokens.Count),
            ("plain, Bpe", () => PlainBpeTrainer.Train(lines, options.VocabularySize).Count),
            .. ((TrainedModelKind[])[TrainedModelKind.WordPiece, TrainedModelKind.WordLevel, TrainedModelKind.Unigram])
                .Select(model => ($"ours, {model}", (Func<int>)(() => TokenizerTrainer.Train(lines, options with { Model = model }).Tokens.Count))),
        ];
        TrainTokenizerRow[][] runs = [.. sides.Select(_ => new TrainTokenizerRow[rounds + 1])];
        for (int round = 0; round <= rounds; round++)
        {
            for (int side = 0; side < sides.Length; side++)
            {
                TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
                long start = Stopwatch.GetTimestamp();
                int results = sides[side].Train();
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                runs[side][round] = new TrainTokenizerRow(sides[side].Name, seconds, seconds, seconds,
                    (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds, megabytes / seconds, side == 0 ? 1 : seconds / runs[0][round].Seconds, results);
            }
        }
        bool same = TokenizerTrainer.Train(lines, options).Merges.SequenceEqual(PlainBpeTrainer.Train(lines, options.VocabularySize));
        AnsiConsole.WriteLine($"{Path.GetFileName(path)}: {megabytes:f1} MB in {lines.Length} lines; the plain trainer {(same ? "makes the same merges" : "MAKES OTHER MERGES")}");
        return [.. runs.Select(Summary)];
    }

    private static TrainTokenizerRow Summary(TrainTokenizerRow[] runs)
    {
        TrainTokenizerRow[] warm = runs[1..];
        return new TrainTokenizerRow(runs[0].Side, runs[0].Seconds, Median(run => run.Seconds), warm.Min(run => run.Seconds), Median(run => run.ProcessorSeconds),
            Median(run => run.MegabytesPerSecond), runs[0].Side.StartsWith("plain", StringComparison.Ordinal) ? Median(run => run.OursFaster!.Value) : null, runs[0].Results);

        double Median(Func<TrainTokenizerRow, double> of) => Statistics.Median([.. warm.Select(of)]);
    }

    /// <summary>The lines of a text with their ends, as HF's trainers read files.</summary>
    private static IEnumerable<string> Lines(string path)
    {
        using Stream stream = CompressedStream.OpenRead(path);
        using StreamReader reader = new(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, bufferSize: 1 << 16);
        char[] buffer = new char[1 << 16];
        StringBuilder line = new();
        for (int read; (read = reader.Read(buffer)) > 0;)
        {
            for (int start = 0, end; start < read; start = end)
            {
                int newline = Array.IndexOf(buffer, '\n', start, read - start);
                end = newline < 0 ? read : newline + 1;
                line.Append(buffer, start, end - start);
                if (newline < 0)
                    continue;
                yield return line.ToString();
                line.Clear();
            }
        }
        if (line.Length > 0)
            yield return line.ToString();
    }
}

/// <summary>What training with one side came to.</summary>
/// <param name="Side">Who, and which model.</param>
/// <param name="FirstSeconds">The first run, before the code was compiled for good.</param>
/// <param name="Seconds">Median of the rounds after it.</param>
/// <param name="BestSeconds">The best of them.</param>
/// <param name="ProcessorSeconds">Median of the processor time, all threads together.</param>
/// <param name="MegabytesPerSecond">Megabytes of UTF-8 by the median.</param>
/// <param name="OursFaster">Median over the rounds of this side's time by ours in the same round.</param>
/// <param name="Results">Tokens, for the plain side merges.</param>
internal sealed record TrainTokenizerRow(string Side, double FirstSeconds, double Seconds, double BestSeconds, double ProcessorSeconds,
    double MegabytesPerSecond, double? OursFaster, int Results);
