using System.Globalization;

namespace Castalia.Cli.Display;

/// <summary>Text that a model writes, on its way to a terminal or a file.</summary>
internal static class TerminalText
{
    /// <summary>Writes a piece at once. What a model says must not steer a terminal: control characters are left out there.</summary>
    public static void Write(string text)
    {
        Console.Out.Write(Console.IsOutputRedirected ? text : new string([.. text.Where(c => !char.IsControl(c) || c is '\n' or '\t')]));
        Console.Out.Flush();
    }

    /// <summary>How many tokens came in how long, for standard error.</summary>
    public static string Rate(long tokens, TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{tokens} tokens in {time.TotalSeconds:0.00} s, {tokens / Math.Max(time.TotalSeconds, 1e-9):0.0} tokens/s");
}
