using System.Diagnostics;
using System.Text.Json;

namespace Castalia.Bench.Generate;

/// <summary>llama.cpp's own <c>llama-bench</c>, or what takes its options and answers like it, as a side.</summary>
internal sealed class LlamaBench(FileInfo program, DirectoryInfo models, int threads)
{
    /// <summary>The model's file: <c>SIZE-bf16.gguf</c> or <c>SIZE-q8_0.gguf</c> of the same shape; null if there is none.</summary>
    public FileInfo? Model(string size, string type)
    {
        FileInfo file = new(Path.Combine(models.FullName, $"{size}-{type}.gguf"));
        return file.Exists ? file : null;
    }

    /// <summary>Decodes tokens one after the other; returns tokens a second.</summary>
    /// <exception cref="InputException">The program fails, or its answer is not llama-bench's.</exception>
    public double TokensPerSecond(FileInfo model, int tokens)
    {
        string[] arguments = ["-m", model.FullName, "-p", "0", "-n", tokens.ToString(), "-t", threads.ToString(), "-r", "1", "-o", "json"];
        using Process process = Process.Start(new ProcessStartInfo(program.FullName, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException($"{program} did not start.");
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string answer = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        try
        {
            return JsonDocument.Parse(answer).RootElement[0].GetProperty("avg_ts").GetDouble();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException)
        {
            throw new InputException(program.FullName, $"with {model.Name}", $"it ended with code {process.ExitCode} and no result. {errors.Result.Trim()}",
                "Give a program that knows llama-bench's options -m, -p, -n, -t, -r and -o json.");
        }
    }
}
