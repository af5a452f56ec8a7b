using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Castalia.Bench.Gemm;
using Castalia.Bench.Output;
using Castalia.Bench.Plain;
using Castalia.Models;
using Castalia.Tensors;
using Castalia.Training;
using static TorchSharp.torch;

namespace Castalia.Bench.Train;

/// <summary>What a side's process answers to one line of input.</summary>
/// <param name="Seconds">Wall time of the step.</param>
/// <param name="CpuSeconds">Processor time of the step, over all threads.</param>
/// <param name="Loss">The loss before it.</param>
/// <param name="PeakMemory">The most memory the process has had so far, in bytes.</param>
internal sealed record SideAnswer(double Seconds, double CpuSeconds, double Loss, long PeakMemory);

/// <summary>Which implementation runs in a process, and in which state of allocator and OpenMP.</summary>
internal enum SideKind
{
    /// <summary>Castalia's step, with its own settings.</summary>
    Ours,

    /// <summary>The plain step in a process as it is installed: glibc's allocator untouched, OpenMP spinning.</summary>
    Plain,

    /// <summary>The plain step with the settings of ours: allocator and passive waiting.</summary>
    PlainTuned,

    /// <summary>The bare matrix products, with the settings of ours.</summary>
    Products,
}

/// <summary>
/// One side in a process of its own, so that its peak memory is its own. It waits for a line on its input, takes a step, and answers
/// with a line of JSON.
/// </summary>
internal sealed class SideProcess : IDisposable
{
    private readonly Process _process;
    private readonly SideKind _side;

    public SideProcess(SideKind side, string size, TrainingPrecision precision, int threads)
    {
        _side = side;
        string[] arguments = ["side", "--side", side.ToString(), "--size", size, "--precision", precision.ToString(), "--threads", threads.ToString()];
        string program = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this program is not known.");
        bool throughHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        ProcessStartInfo start = new(program, throughHost ? [typeof(SideProcess).Assembly.Location, .. arguments] : arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
    }

    /// <summary>Has the process take one step.</summary>
    public SideAnswer Step()
    {
        _process.StandardInput.WriteLine("step");
        _process.StandardInput.Flush();
        if (_process.StandardOutput.ReadLine() is { } line)
            return JsonSerializer.Deserialize<SideAnswer>(line)!;
        _process.WaitForExit();
        throw new InvalidOperationException($"The {_side} process ended before its time with code {_process.ExitCode}"
            + (_process.ExitCode == 137 ? ": killed, as a rule for want of memory. Measure a smaller model." : ". Its reason stands above."));
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(10_000))
            _process.Kill();
        _process.Dispose();
    }

    /// <summary>The hidden command that a side's process runs.</summary>
    public static Command CreateCommand()
    {
        Option<SideKind> side = new("--side");
        Option<string> size = new("--size") { Required = true };
        Option<TrainingPrecision> precision = new("--precision");
        Option<int> threads = new("--threads");
        Command command = new("side", "One side of a comparison, driven by its parent process.") { side, size, precision, threads };
        command.Hidden = true;
        command.SetAction(result =>
            Serve(result.GetValue(side), Shapes.Named(result.GetValue(size)!), result.GetValue(precision), result.GetValue(threads)));
        return command;
    }

    private static int Serve(SideKind kind, TransformerConfig config, TrainingPrecision precision, int threads)
    {
        using ITrainingSide side = Create(kind, config, precision, threads);
        int[] samples = RandomTokens(config.VocabularySize);
        using Process self = Process.GetCurrentProcess();
        while (Console.ReadLine() is not null)
        {
            self.Refresh();
            TimeSpan processor = self.TotalProcessorTime;
            long start = Stopwatch.GetTimestamp();
            double loss = side.Step(samples, 1e-4);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            self.Refresh();
            SideAnswer answer = new(seconds, (self.TotalProcessorTime - processor).TotalSeconds, loss, Machine.PeakMemory());
            Console.WriteLine(JsonSerializer.Serialize(answer));
        }
        return 0;
    }

    /// <summary>Brings libtorch up as the side wants it, and makes the side.</summary>
    public static ITrainingSide Create(SideKind kind, TransformerConfig config, TrainingPrecision precision, int threads)
    {
        Libtorch.Initialize(threads, prepareProcess: kind != SideKind.Plain);
        random.manual_seed(1);
        return kind switch
        {
            SideKind.Ours => new OurSide(config, precision),
            SideKind.Products => new GemmSide(config, precision),
            _ => new PlainSide(config, precision),
        };
    }

    // Frequent and rare tokens, as in text: the cube of a uniform number.
    private static int[] RandomTokens(int vocabulary)
    {
        Random random = new(1);
        int[] tokens = new int[Shapes.Batch * (Shapes.Sequence + 1)];
        for (int i = 0; i < tokens.Length; i++)
            tokens[i] = (int)(vocabulary * Math.Pow(random.NextDouble(), 3));
        return tokens;
    }
}
