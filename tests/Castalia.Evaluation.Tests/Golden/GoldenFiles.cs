using Castalia.Testing;

namespace Castalia.Evaluation.Tests.Golden;

/// <summary>
/// Where runs of the reference harness and the data that they were made of lie: what ships with the repository, and a folder with many more
/// that the environment variable <c>CASTALIA_EVAL_FIXTURES</c> may name.
/// </summary>
internal sealed record GoldenFiles(string Name, string Golden, string Data)
{
    private static readonly string? Everything = Environment.GetEnvironmentVariable("CASTALIA_EVAL_FIXTURES");

    /// <summary>What the repository holds.</summary>
    public static GoldenFiles Repository { get; } =
        new("repository", Fixtures.Path("eval", "golden"), Path.Combine(Fixtures.RepositoryRoot, "data", "eval"));

    /// <summary>All that are at hand.</summary>
    public static IReadOnlyList<GoldenFiles> All { get; } = string.IsNullOrEmpty(Everything)
        ? [Repository]
        : [Repository, new GoldenFiles("fixtures", Path.Combine(Everything, "golden"), Path.Combine(Everything, "data"))];

    /// <summary>Names of the runs, in order of the alphabet.</summary>
    public IReadOnlyList<string> Runs =>
        [.. Directory.EnumerateFiles(Golden, "*.result.json").Select(file => Path.GetFileName(file)[..^".result.json".Length]).Order(StringComparer.Ordinal)];
}
