using System.Buffers;
using System.Text.Json;

namespace Castalia.Training;

/// <summary>Appends to a run's <c>metrics.jsonl</c>: one line, one write, a step.</summary>
internal sealed class MetricsWriter : IDisposable
{
    private readonly string _path;
    private readonly FileStream _file;
    private readonly ArrayBufferWriter<byte> _buffer = new();

    private MetricsWriter(string path, FileStream file) => (_path, _file) = (path, file);

    /// <summary>
    /// Opens the file behind the line of <paramref name="step"/> and cuts off what was written after it: by a run that was killed before
    /// its next checkpoint. The cut is one change of the file's length, so a kill leaves the old file or the new one.
    /// </summary>
    /// <param name="path">The file, created where there is none and <paramref name="step"/> is 0.</param>
    /// <param name="step">The step of the checkpoint that training goes on from.</param>
    /// <exception cref="InputException">The file lacks a line for a step up to <paramref name="step"/>.</exception>
    public static MetricsWriter Open(string path, long step)
    {
        long end = EndOfStep(path, step);
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
        if (file.Length != end)
            file.SetLength(end);
        file.Position = end;
        return new MetricsWriter(path, file);
    }

    /// <summary>Writes one line.</summary>
    /// <exception cref="InputException">The disk is full. A part of the line may be there: no reader takes it for one, and resuming cuts it off.</exception>
    public void Append(StepMetrics metrics)
    {
        _buffer.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("step", metrics.Step);
            json.WriteNumber("tokens", metrics.Tokens);
            json.WriteNumber("loss", metrics.Loss);
            json.WriteNumber("lr", metrics.LearningRate);
            json.WriteNumber("grad_norm", metrics.GradientNorm);
            json.WriteString("batch_hash", metrics.BatchHash);
            if (metrics.ValidationLoss is double loss)
                json.WriteNumber("validation_loss", loss);
            if (metrics.LearnedTokens is long learned)
                json.WriteNumber("learned_tokens", learned);
            json.WriteStartObject("timing");
            json.WriteNumber("seconds", Math.Round(metrics.Timing.Seconds, 6));
            json.WriteNumber("tokens_per_second", Math.Round(metrics.Timing.TokensPerSecond, 1));
            json.WriteNumber("mfu", Math.Round(metrics.Timing.Mfu, 4));
            json.WriteNumber("tflops", Math.Round(metrics.Timing.Teraflops, 6));
            json.WriteNumber("memory_bytes", metrics.Timing.MemoryBytes);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        _buffer.Write("\n"u8);
        Guard(() => _file.Write(_buffer.WrittenSpan));
    }

    /// <summary>Forces what was written to the disk: a checkpoint is only committed when its steps' lines are safe.</summary>
    /// <exception cref="InputException">The disk is full.</exception>
    public void Sync() => Guard(() => _file.Flush(flushToDisk: true));

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private void Guard(Action write)
    {
        try
        {
            write();
        }
        catch (IOException error)
        {
            throw new InputException(_path, null, $"the metrics could not be written: {error.Message}",
                "Free some space, then run the same command again: training goes on from its newest state.", error);
        }
    }

    private static long EndOfStep(string path, long step)
    {
        if (step == 0)
            return 0;
        if (File.Exists(path))
        {
            foreach ((long number, long end, byte[] line) in MetricsFile.Lines(path))
            {
                if (MetricsFile.Parse(path, number, line).Step != number)
                    break;
                if (number == step)
                    return end;
            }
        }
        throw new InputException(path, null, $"expected one line for each step from 1 to {step}, where the newest checkpoint stands, and they are not there.",
            "Restore the file, or delete the model's folder and train it again.");
    }
}
