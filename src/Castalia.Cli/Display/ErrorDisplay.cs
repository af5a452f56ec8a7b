namespace Castalia.Cli.Display;

/// <summary>Shows what went wrong on one screen: the file, the place, the problem, the remedy.</summary>
internal static class ErrorDisplay
{
    private const int DiskFullWindows = unchecked((int)0x80070070), DiskFullLinux = 28;

    /// <summary>Shows an error that a user can do something about.</summary>
    /// <returns>False for a defect of the program, which the runtime should report with its stack.</returns>
    public static bool TryShow(Exception error, out int exitCode)
    {
        exitCode = 1;
        switch (error)
        {
            case InputException input:
                Show(input.File, input.Place, input.Problem, input.Remedy);
                return true;
            case OperationCanceledException:
                exitCode = 130;
                Console.Error.WriteLine();
                Console.Error.WriteLine("Stopped. Everything finished so far is kept: give the same command again and it goes on from there.");
                return true;
            case AggregateException { InnerException: { } inner }:
                return TryShow(inner, out exitCode);
            case IOException io when io.HResult is DiskFullWindows or DiskFullLinux:
                Show(Environment.CurrentDirectory, null, $"no space left on the disk ({io.Message})", "Free some space and give the same command again; it goes on where it was.");
                return true;
            case IOException or UnauthorizedAccessException:
                Show("file system", null, error.Message, "Check the path and your rights to it, then give the same command again.");
                return true;
            default:
                return false;
        }
    }

    private static void Show(string file, string? place, string problem, string remedy)
    {
        bool colour = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null;
        string red = colour ? "\e[31;1m" : "", bold = colour ? "\e[1m" : "", plain = colour ? "\e[0m" : "";
        Console.Error.WriteLine();
        Console.Error.WriteLine($"{red}error{plain}  {bold}{Clean(file)}{plain}{(place is null ? "" : $"  ({Clean(place)})")}");
        Console.Error.WriteLine($"       {Clean(problem)}");
        Console.Error.WriteLine($"       {Clean(remedy)}");
    }

    /// <summary>Text from a hostile file must not steer the terminal, nor fill more than its part of the screen.</summary>
    private static string Clean(string text)
    {
        string shown = new([.. text.Select(c => char.IsControl(c) ? ' ' : c)]);
        return shown.Length <= 1200 ? shown : string.Concat(shown.AsSpan(0, 1200), " ...");
    }
}
