using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace Castalia.Training;

/// <summary>Reads a run's <c>metrics.jsonl</c>, also while the run still writes it.</summary>
public static class MetricsFile
{
    private const int LongestLine = 1 << 16;

    /// <summary>
    /// The steps in the order they were written. A last line without its line feed is being written, or was cut off by a kill: it is left out.
    /// </summary>
    /// <exception cref="InputException">There is no such file, or a whole line is not a step's metrics.</exception>
    public static IEnumerable<StepMetrics> Read(string path)
    {
        foreach ((long number, _, byte[] line) in Lines(path))
            yield return Parse(path, number, line);
    }

    /// <summary>
    /// SHA-256, in lower-case hex, of every whole line without its <c>timing</c>: equal for any two runs of the same recipe, however often they were stopped.
    /// </summary>
    public static string Hash(string path)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new ArrayBufferWriter<byte>();
        foreach ((long number, _, byte[] line) in Lines(path))
        {
            buffer.ResetWrittenCount();
            using (JsonDocument document = ParseObject(path, number, line))
            using (var writer = new Utf8JsonWriter(buffer))
            {
                writer.WriteStartObject();
                foreach (JsonProperty property in document.RootElement.EnumerateObject().Where(p => p.Name != "timing"))
                    property.WriteTo(writer);
                writer.WriteEndObject();
            }
            hash.AppendData(buffer.WrittenSpan);
            hash.AppendData("\n"u8);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The whole lines: number from 1, the offset after the line feed, and the bytes before it.</summary>
    internal static IEnumerable<(long Number, long End, byte[] Line)> Lines(string path)
    {
        if (!File.Exists(path))
            throw new InputException(path, null, "expected a training run's metrics, and there is no such file.", "Restore the file, or delete the model's folder and train it again.");
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] buffer = new byte[LongestLine];
        int held = 0;
        long start = 0; // offset in the file of buffer[0]
        long number = 0;
        while (true)
        {
            int read = file.Read(buffer, held, buffer.Length - held);
            held += read;
            int begin = 0;
            while (buffer.AsSpan(begin, held - begin).IndexOf((byte)'\n') is >= 0 and int length)
            {
                number++;
                yield return (number, start + begin + length + 1, buffer[begin..(begin + length)]);
                begin += length + 1;
            }
            if (read == 0)
                yield break;
            if (begin == 0 && held == buffer.Length)
                throw NotMetrics(path, number + 1, $"is longer than {LongestLine} bytes");
            buffer.AsSpan(begin, held - begin).CopyTo(buffer);
            start += begin;
            held -= begin;
        }
    }

    internal static StepMetrics Parse(string path, long number, byte[] line)
    {
        using JsonDocument document = ParseObject(path, number, line);
        try
        {
            JsonElement root = document.RootElement;
            JsonElement timing = root.GetProperty("timing");
            return new StepMetrics(
                root.GetProperty("step").GetInt64(),
                root.GetProperty("tokens").GetInt64(),
                root.GetProperty("loss").GetDouble(),
                root.GetProperty("lr").GetDouble(),
                root.GetProperty("grad_norm").GetDouble(),
                root.GetProperty("batch_hash").GetString() ?? throw new FormatException("batch_hash is null."),
                root.TryGetProperty("validation_loss", out JsonElement loss) ? loss.GetDouble() : null,
                new StepTiming(
                    timing.GetProperty("seconds").GetDouble(),
                    timing.GetProperty("tokens_per_second").GetDouble(),
                    timing.GetProperty("mfu").GetDouble(),
                    timing.GetProperty("tflops").GetDouble(),
                    timing.GetProperty("memory_bytes").GetInt64()))
            {
                LearnedTokens = root.TryGetProperty("learned_tokens", out JsonElement learned) ? learned.GetInt64() : null,
            };
        }
        catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw NotMetrics(path, number, $"lacks a field or has one of another kind ({error.Message})", error);
        }
    }

    private static JsonDocument ParseObject(string path, long number, byte[] line)
    {
        try
        {
            JsonDocument document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document;
            document.Dispose();
        }
        catch (JsonException error)
        {
            throw NotMetrics(path, number, $"is not JSON ({error.Message})", error);
        }
        throw NotMetrics(path, number, "is not a JSON object");
    }

    private static InputException NotMetrics(string path, long number, string found, Exception? inner = null) =>
        new(path, $"line {number}", $"expected the metrics of a training step, but the line {found}.",
            "Restore the file, or delete the model's folder and train it again.", inner);
}
