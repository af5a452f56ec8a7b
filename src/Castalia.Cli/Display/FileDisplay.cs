using System.Globalization;
using Castalia.Data;

namespace Castalia.Cli.Display;

/// <summary>Work that turns files into a file, or into lines on standard output.</summary>
internal static class FileDisplay
{
    /// <summary>Does the work while its progress is shown, and says what was written.</summary>
    /// <param name="output">The file; null for standard output, where nothing but the lines may appear.</param>
    /// <param name="work">The work.</param>
    public static async Task<int> WorkAsync(string? output, Func<StandardStreams, IProgress<WorkProgress>?, TokenizationAmount> work)
    {
        using Stream input = Console.OpenStandardInput(), lines = Console.OpenStandardOutput();
        var streams = new StandardStreams(input, lines);
        // Bars among the lines of a terminal would make both unreadable.
        if (output is null && !Console.IsOutputRedirected)
        {
            await Task.Run(() => work(streams, null));
            return 0;
        }
        TokenizationAmount amount = await ProgressDisplay.ShowAsync(progress => work(streams, progress));
        if (output is not null)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{output}: {amount.Documents:N0} documents, {amount.Bytes:N0} bytes of text, {amount.Tokens:N0} tokens."));
        }
        return 0;
    }
}
