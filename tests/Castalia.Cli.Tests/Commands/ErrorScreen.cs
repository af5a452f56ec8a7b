namespace Castalia.Cli.Tests.Commands;

/// <summary>What an error looks like to a user.</summary>
internal static class ErrorScreen
{
    private const int MostLines = 24;

    /// <summary>Asserts exit code 1 and one screen without a stack trace that says all of the given.</summary>
    public static void AssertShows(CommandResult result, params string[] says)
    {
        Assert.True(result.ExitCode == 1, $"exit code {result.ExitCode}\n{result.Output}\n{result.Errors}");
        AssertOneScreen(result);
        Assert.All(says, text => Assert.Contains(text, result.Errors, StringComparison.Ordinal));
        int error = result.Errors.IndexOf("error  ", StringComparison.Ordinal);
        Assert.True(error >= 0, result.Errors);
        // File and place, the problem, the remedy: three lines, none of them empty.
        string[] lines = result.Errors[error..].TrimEnd().Split('\n');
        Assert.True(lines.Length == 3 && lines.All(line => line.Trim().Length > 0), result.Errors);
    }

    /// <summary>Asserts that what stands on standard error fits a screen and is no stack trace.</summary>
    public static void AssertOneScreen(CommandResult result)
    {
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
        Assert.InRange(result.Errors.Split('\n').Length, 1, MostLines);
    }
}
