using Castalia.Cli.Tests.Commands;
using Castalia.Testing;

namespace Castalia.Cli.Tests;

/// <summary>What is done with the files of runs: <c>castalia eval diff</c>, <c>compare</c> and <c>view</c>.</summary>
public sealed class EvalFilesVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private (string Results, string Samples) Run(string output, string shots)
    {
        CastaliaProgram.Succeed(_folder.Path, "eval", "-M", "sha256", "-t", "arc_easy", "-L", "12", "-o", output, "-s", "-f", shots,
            "--datasets", Path.Combine(AppContext.BaseDirectory, "data", "eval"));
        return (Directory.GetFiles(_folder[output], "results_*.json", SearchOption.AllDirectories).Single(), Directory.GetFiles(_folder[output], "samples_*.jsonl", SearchOption.AllDirectories).Single());
    }

    [Fact]
    public void Two_runs_are_compared_and_shown()
    {
        (string resultsA, string samplesA) = Run("a", "0");
        (string resultsB, string samplesB) = Run("b", "1");
        string diff = CastaliaProgram.Succeed(_folder.Path, "eval", "diff", resultsA, resultsB);
        Assert.Contains("McNemar", diff, StringComparison.Ordinal);
        Assert.Contains("n-shot differ: 0 and 1", diff, StringComparison.Ordinal);
        Assert.Contains("both right", CastaliaProgram.Succeed(_folder.Path, "eval", "compare", samplesA, samplesB, "--metric", "acc_norm"), StringComparison.Ordinal);
        Assert.Contains("(24 samples)", CastaliaProgram.Succeed(_folder.Path, "eval", "view", samplesA, samplesB, "-o", "page.html"), StringComparison.Ordinal);
        Assert.StartsWith("<!doctype html>", File.ReadAllText(_folder["page.html"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_none_of_results_is_told()
    {
        File.WriteAllText(_folder["x.json"], "{}");
        CommandResult result = CastaliaProgram.Run(_folder.Path, "eval", "diff", "x.json", "x.json");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("'results'", result.Errors, StringComparison.Ordinal);
    }
}
