using System.Diagnostics;

namespace Castalia.Cli.Tests.Commands;

/// <summary>What a command came to.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Errors);

/// <summary>The built command line, started as a process of its own as a user would.</summary>
internal static class CastaliaProgram
{
    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "castalia.dll");

    /// <summary>Runs a command in a folder to its end.</summary>
    public static CommandResult Run(string folder, params string[] arguments) => Finish(Start(folder, arguments));

    /// <summary>Runs a command that has to go well; returns what it printed.</summary>
    public static string Succeed(string folder, params string[] arguments)
    {
        CommandResult result = Run(folder, arguments);
        Assert.True(result.ExitCode == 0, $"castalia {string.Join(' ', arguments)}: exit code {result.ExitCode}\n{result.Output}\n{result.Errors}");
        return result.Output;
    }

    /// <summary>Starts a command in a folder.</summary>
    public static Process Start(string folder, params string[] arguments) => Start(folder, [], [Host, Assembly, .. arguments]);

    /// <summary>Starts a command in a folder, to be written to.</summary>
    public static Process StartPiped(string folder, params string[] arguments) => Start(folder, [], [Host, Assembly, .. arguments], piped: true);

    /// <summary>Runs a command where no file may grow beyond a size, which to a program is a disk that is full.</summary>
    public static CommandResult RunWithFullDisk(string folder, int blocks, params string[] arguments)
    {
        // The runtime maps its own code through a file unless told not to, and that file is larger than the limit.
        string script = FormattableString.Invariant($"trap '' XFSZ; export DOTNET_EnableWriteXorExecute=0; ulimit -f {blocks}; exec \"$@\"");
        return Finish(Start(folder, [], ["sh", "-c", script, "sh", Host, Assembly, .. arguments]));
    }

    /// <summary>The native libraries that a command loads, as the dynamic linker tells them.</summary>
    public static (CommandResult Result, string Libraries) RunTraced(string folder, params string[] arguments)
    {
        string trace = Path.Combine(folder, "linker-" + Guid.NewGuid().ToString("N"));
        CommandResult result = Finish(Start(folder, [("LD_DEBUG", "libs"), ("LD_DEBUG_OUTPUT", trace)], [Host, Assembly, .. arguments]));
        string[] files = Directory.GetFiles(folder, Path.GetFileName(trace) + ".*");
        return (result, string.Concat(files.Select(File.ReadAllText)));
    }

    /// <summary>Waits for a process and takes what it said.</summary>
    public static CommandResult Finish(Process started)
    {
        using Process process = started;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new CommandResult(process.ExitCode, output, errors.GetAwaiter().GetResult());
    }

    private static string Host => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    private static Process Start(string folder, (string Name, string Value)[] environment, string[] command, bool piped = false)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = piped,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
