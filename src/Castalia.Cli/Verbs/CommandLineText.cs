using System.CommandLine;

namespace Castalia.Cli.Verbs;

/// <summary>The command line as it was given, for a manifest.</summary>
internal static class CommandLineText
{
    /// <summary>The command, without flags that say how rather than what.</summary>
    public static string Of(ParseResult parsed) =>
        string.Join(' ', parsed.Tokens.Select(token => token.Value).Where(word => word != "--force").Select(Quote).Prepend("castalia"));

    private static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "/._-=:,+@".Contains(c)) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
