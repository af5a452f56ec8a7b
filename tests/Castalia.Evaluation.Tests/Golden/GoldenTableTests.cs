using System.Globalization;
using System.Text;
using Castalia.Testing;

namespace Castalia.Evaluation.Tests.Golden;

/// <summary>
/// The table in <c>docs/evaluation-golden.md</c>: runs of the reference, and whether ours are equal. What it says of a run that is at hand must be
/// what a comparison gives; with <c>CASTALIA_EVAL_FIXTURES</c> and <c>CASTALIA_GOLDEN_TABLE=write</c> it is written anew.
/// </summary>
public sealed class GoldenTableTests
{
    private static readonly string Path = System.IO.Path.Combine(Fixtures.RepositoryRoot, "docs", "evaluation-golden.md");

    private static readonly HashSet<string> Shipped = [.. GoldenFiles.Repository.Runs];

    // What is particular about a run.
    private static readonly Dictionary<string, string> Notes = new(StringComparer.Ordinal)
    {
        ["humaneval__0shot"] = "prompts and programs; neither side runs them",
        ["mbpp__defaultshot"] = "prompts and programs; neither side runs them",
        ["minerva_math_algebra__0shot__streq"] = "answers compared as text on both sides",
        ["wikitext__0shot"] = "of the edition with `<unk>`",
        ["hellaswag__0shot"] = "of 1,000 documents",
        ["wsc273__0shot"] = "text of the schemas' collection",
    };

    [Fact]
    public void Says_what_a_comparison_gives()
    {
        GoldenFiles everything = GoldenFiles.All[^1];
        if (everything != GoldenFiles.Repository && Environment.GetEnvironmentVariable("CASTALIA_GOLDEN_TABLE") == "write")
            File.WriteAllText(Path, Table(everything));
        var stated = File.ReadLines(Path).Where(line => line.StartsWith("| ", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        Assert.All(GoldenFiles.Repository.Runs, run => Assert.Contains(Row(GoldenFiles.Repository, run), stated));
        if (everything != GoldenFiles.Repository)
            Assert.All(everything.Runs.Where(run => stated.Any(line => line.StartsWith($"| {run} ", StringComparison.Ordinal))), run => Assert.Contains(Row(everything, run), stated));
    }

    private static string Table(GoldenFiles files)
    {
        GoldenComparison[] runs = [.. files.Runs.Select(run => GoldenComparison.Of(files, run))];
        int equal = runs.Count(run => run.Differences.Count == 0);
        var text = new StringBuilder();
        text.Append(string.Create(CultureInfo.InvariantCulture, $"""
            # Runs of lm-evaluation-harness, and ours

            The reference is EleutherAI's lm-evaluation-harness (0.4.13.dev0, commit 4e7e0d47), run over a fake model whose answers are a closed formula
            of each request's bytes, so that every number can be checked without a model; texts are replayed. Compared are the hash over
            all requests in their order, each task's hash over rows, prompts and targets, every document's answers after every filter, its
            metrics, and each task's and group's values and standard errors.

            {equal} of {runs.Length} runs are equal, with {runs.Sum(run => (long)run.Requests):N0} requests. Those marked * ship with the repository and are compared by its
            tests; the others with them where `CASTALIA_EVAL_FIXTURES` names a folder that holds them. The table is written by the tests
            (`CASTALIA_GOLDEN_TABLE=write`).

            | run | requests | prompts | all | note |
            |---|---:|---|---|---|

            """));
        foreach (string run in files.Runs)
            text.Append(Row(files, run)).Append('\n');
        return text.ToString();
    }

    private static string Row(GoldenFiles files, string run)
    {
        var comparison = GoldenComparison.Of(files, run);
        string note = comparison.Differences.Count == 0 ? Notes.GetValueOrDefault(run, "")
            : comparison.Differences[0].Replace('|', '/').Replace(Fixtures.RepositoryRoot + "/", "", StringComparison.Ordinal);
        return string.Create(CultureInfo.InvariantCulture,
            $"| {run}{(Shipped.Contains(run) ? " *" : "")} | {comparison.Requests:N0} | {Word(comparison.RequestsAreEqual)} | {Word(comparison.Differences.Count == 0)} | {note} |");
    }

    private static string Word(bool equal) => equal ? "equal" : "differ";
}
