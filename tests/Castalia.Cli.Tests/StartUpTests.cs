using Castalia.Cli.Tests.Commands;

namespace Castalia.Cli.Tests;

/// <summary>What needs no tensors never loads libtorch.</summary>
public sealed class StartUpTests(ReferenceRun reference)
{
    [Fact]
    public void Help_of_every_verb_shows_examples_and_loads_no_libtorch()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Asks Linux's dynamic linker.");
        using SmallExperiment fresh = SmallExperiment.Create();
        int verbs = 0;
        var open = new Queue<string[]>([[]]);
        while (open.TryDequeue(out string[]? verb))
        {
            string help = RunWithoutLibtorch(fresh, [.. verb, "--help"]);
            Assert.Contains("Usage:", help, StringComparison.Ordinal);
            string[] below = Commands(help);
            foreach (string name in below)
                open.Enqueue([.. verb, name]);
            if (below.Length == 0)
            {
                verbs++;
                Assert.Contains("Examples:", help, StringComparison.Ordinal);
            }
        }
        Assert.True(verbs >= 8, $"Only {verbs} verbs were found.");
    }

    [Fact]
    public void Recipes_and_plans_load_no_libtorch()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Asks Linux's dynamic linker.");
        using SmallExperiment copy = reference.Experiment.Copy();
        RunWithoutLibtorch(copy, ["recipe", "schema"]);
        RunWithoutLibtorch(copy, ["recipe", "show", "recipe.yml"]);
        RunWithoutLibtorch(copy, ["run", "recipe.yml", "--dry-run"]);
        RunWithoutLibtorch(copy, SmallExperiment.RunArguments()); // up to date
        RunWithoutLibtorch(copy, ["tokenize", "--input", "runs/small/data", "--tokenizer", "runs/small/tokenizer/tokenizer.json", "--output", "again"]);
    }

    [Fact]
    public void The_linker_does_tell_of_libtorch_where_it_is_loaded()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Asks Linux's dynamic linker.");
        using SmallExperiment copy = reference.Experiment.Copy();
        (CommandResult result, string libraries) = CastaliaProgram.RunTraced(copy.Folder,
            "generate", "--model", "runs/small/models/one/checkpoints/step40", "--prompt", "a", "--max-new-tokens", "2");
        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains("libtorch", libraries, StringComparison.OrdinalIgnoreCase);
    }

    private static string RunWithoutLibtorch(SmallExperiment experiment, string[] arguments)
    {
        (CommandResult result, string libraries) = CastaliaProgram.RunTraced(experiment.Folder, arguments);
        Assert.True(result.ExitCode == 0, $"castalia {string.Join(' ', arguments)}: {result.Errors}");
        Assert.Contains("libcoreclr", libraries, StringComparison.Ordinal); // the linker does tell
        Assert.False(libraries.Contains("libtorch", StringComparison.OrdinalIgnoreCase), $"castalia {string.Join(' ', arguments)} loaded libtorch.");
        return result.Output;
    }

    /// <summary>The names under <c>Commands:</c>.</summary>
    private static string[] Commands(string help) =>
        [.. help.Split('\n').SkipWhile(line => !line.StartsWith("Commands:", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => line.StartsWith("  ", StringComparison.Ordinal))
            .Where(line => line[2] != ' ') // the rest of a description
            .Select(line => line.Trim().Split(' ')[0])];
}
