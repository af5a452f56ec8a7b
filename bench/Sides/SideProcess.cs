using System.Diagnostics;
using System.Text.Json;
using Castalia.Bench.Output;

namespace Castalia.Bench.Sides;

/// <summary>What a side's process answers to one line of input.</summary>
/// <param name="Seconds">Wall time of the step.</param>
/// <param name="CpuSeconds">Processor time of the step, over all threads.</param>
/// <param name="Loss">The loss before it, or what else tells that sides compute the same.</param>
/// <param name="PeakMemory">The most memory the process has had so far, in bytes.</param>
internal sealed record SideAnswer(double Seconds, double CpuSeconds, double Loss, long PeakMemory);

/// <summary>Which implementation runs in a process, and in which state of allocator and OpenMP.</summary>
internal enum SideKind
{
    /// <summary>Castalia's, with its own settings.</summary>
    Ours,

    /// <summary>The plain one in a process as it is installed: glibc's allocator untouched, OpenMP spinning.</summary>
    Plain,

    /// <summary>The plain one with the settings of ours: allocator and passive waiting.</summary>
    PlainTuned,

    /// <summary>The bare matrix products, with the settings of ours.</summary>
    Products,

    /// <summary>Nothing but reading memory, with as many threads.</summary>
    Memory,
}

/// <summary>
/// One side in a process of its own, so that its settings and its peak memory are its own. It waits for a line on its input, takes a step, and
/// answers with a line of JSON.
/// </summary>
internal sealed class SideProcess : IDisposable
{
    private readonly Process _process;
    private readonly string _name;

    /// <summary>Starts this program with other arguments.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="arguments">A hidden command that ends in <see cref="Serve"/>, and its options.</param>
    public SideProcess(string name, params string[] arguments)
    {
        _name = name;
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
        throw new InvalidOperationException($"The {_name} process ended before its time with code {_process.ExitCode}"
            + (_process.ExitCode == 137 ? ": killed, as a rule for want of memory. Measure a smaller model." : ". Its reason stands above."));
    }

    /// <summary>Has all sides take their steps in turn, and gives each side's answers after the warmup.</summary>
    public static SideAnswer[][] TakeTurns(SideProcess[] processes, int steps, int warmup, Action<int> round)
    {
        SideAnswer[][] answers = [.. processes.Select(_ => new SideAnswer[steps])];
        for (int step = -warmup; step < steps; step++)
        {
            for (int side = 0; side < processes.Length; side++)
            {
                SideAnswer answer = processes[side].Step();
                if (step >= 0)
                    answers[side][step] = answer;
            }
            round(step);
        }
        return answers;
    }

    /// <summary>The life of a side's process: a step and its answer for every line of input.</summary>
    /// <param name="step">Takes a step; returns <see cref="SideAnswer.Loss"/>.</param>
    public static int Serve(Func<double> step)
    {
        using Process self = Process.GetCurrentProcess();
        while (Console.ReadLine() is not null)
        {
            self.Refresh();
            TimeSpan processor = self.TotalProcessorTime;
            long start = Stopwatch.GetTimestamp();
            double loss = step();
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            self.Refresh();
            Console.WriteLine(JsonSerializer.Serialize(new SideAnswer(seconds, (self.TotalProcessorTime - processor).TotalSeconds, loss, Machine.PeakMemory())));
        }
        return 0;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(10_000))
            _process.Kill();
        _process.Dispose();
    }
}
