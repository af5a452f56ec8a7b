using System.Globalization;
using System.Text;
using Castalia.Bench.Output;
using Castalia.Bench.Sides;
using Castalia.Data;
using Castalia.Formats;
using Castalia.Models;
using Castalia.Training;
using Spectre.Console;

namespace Castalia.Bench.Train;

/// <summary>Both sides trained on the same batches of real text from the same weights: do they learn the same?</summary>
internal static class LossCurves
{
    private static readonly (SideKind Side, TrainingPrecision Precision, string Name)[] Runs =
    [
        (SideKind.Ours, TrainingPrecision.BFloat16, "Castalia bf16"), (SideKind.PlainTuned, TrainingPrecision.BFloat16, "plain bf16"),
        (SideKind.PlainTuned, TrainingPrecision.Float32, "plain fp32"),
    ];

    public static int Run(DirectoryInfo folder, int steps, int threads)
    {
        TransformerConfig config = Shapes.Named("bytes");
        byte[] text = ReadText(steps);
        ITrainingSide[] sides = [.. Runs.Select(run => TrainingSides.Create(run.Side, config, run.Precision, threads))];
        double[][] losses = [.. Runs.Select(_ => new double[steps])];
        int[] samples = new int[Shapes.Batch * (Shapes.Sequence + 1)];
        for (int step = 0; step < steps; step++)
        {
            Batch(text, step, samples);
            double rate = 1e-3 * Math.Min(1, (step + 1) / 30.0);
            for (int side = 0; side < sides.Length; side++)
                losses[side][step] = sides[side].Step(samples, rate);
            if ((step + 1) % 25 == 0)
                AnsiConsole.WriteLine($"step {step + 1}/{steps}: " + string.Join(", ", Runs.Select((run, i) => $"{run.Name} {losses[i][step]:f4}")));
        }
        foreach (ITrainingSide side in sides)
            side.Dispose();
        Directory.CreateDirectory(folder.FullName);
        AtomicFile.WriteAllText(Path.Combine(folder.FullName, "loss.csv"), Csv(losses));
        AtomicFile.WriteAllText(Path.Combine(folder.FullName, "loss.svg"), SvgChart.Lines(
            "Loss on real text, 8 x 512 bytes a step", "step", "nats a byte", [.. Runs.Select((run, i) => (run.Name, losses[i]))]));
        int last = Math.Min(50, steps);
        for (int i = 0; i < Runs.Length; i++)
            AnsiConsole.WriteLine($"{Runs[i].Name}: mean loss of the last {last} steps {losses[i][^last..].Average():f4}");
        AnsiConsole.WriteLine($"largest difference Castalia bf16 - plain bf16 in a step: {losses[0].Zip(losses[1], (a, b) => Math.Abs(a - b)).Max():f4}");
        return 0;
    }

    // Documents of all components in turn, a zero byte after each.
    private static byte[] ReadText(int steps)
    {
        string folder = FindMiniPile();
        long needed = (long)steps * Shapes.Tokens + 1;
        List<IEnumerator<Document>> sources = [.. DocumentReader.Expand([folder]).Select(file => DocumentReader.ReadFile(file).GetEnumerator())];
        List<byte> text = [];
        while (text.Count < needed && sources.Count > 0)
        {
            for (int i = sources.Count - 1; i >= 0; i--)
            {
                if (!sources[i].MoveNext())
                {
                    sources[i].Dispose();
                    sources.RemoveAt(i);
                    continue;
                }
                // Long documents are cut, so that no component fills the run alone.
                byte[] bytes = Encoding.UTF8.GetBytes(sources[i].Current.Text);
                text.AddRange(bytes.AsSpan(0, Math.Min(bytes.Length, 4096)));
                text.Add(0);
            }
        }
        sources.ForEach(source => source.Dispose());
        if (text.Count < needed)
            throw new InputException(folder, null, $"{needed} bytes of text are needed for {steps} steps, it has {text.Count}.", "Ask for fewer steps.");
        return [.. text];
    }

    // Sequences of a step come from places far apart.
    private static void Batch(byte[] text, int step, int[] samples)
    {
        int stride = (text.Length - 1) / Shapes.Batch;
        for (int row = 0; row < Shapes.Batch; row++)
        {
            int start = row * stride + step * Shapes.Sequence % (stride - Shapes.Sequence);
            for (int i = 0; i <= Shapes.Sequence; i++)
                samples[row * (Shapes.Sequence + 1) + i] = text[start + i];
        }
    }

    private static string Csv(double[][] losses)
    {
        StringBuilder csv = new("step," + string.Join(',', Runs.Select(run => run.Name)) + "\n");
        for (int step = 0; step < losses[0].Length; step++)
            csv.Append(step).Append(',').AppendJoin(',', losses.Select(loss => loss[step].ToString("f5", CultureInfo.InvariantCulture))).Append('\n');
        return csv.ToString();
    }

    private static string FindMiniPile()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string found = Path.Combine(folder.FullName, "data", "mini-pile");
            if (Directory.Exists(found))
                return found;
        }
        throw new InputException("data/mini-pile", null, "the text to train on is not there.", "Run from a checkout of the repository.");
    }
}
