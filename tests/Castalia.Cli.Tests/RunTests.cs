using Castalia.Cli.Tests.Commands;

namespace Castalia.Cli.Tests;

/// <summary><c>castalia run</c>: what is done, what is left alone, and what it says.</summary>
public sealed class RunTests(ReferenceRun reference)
{
    private static readonly string[] StageFolders = ["data", "tokenizer", "tokens", "models/one", "models/two"];

    [Fact]
    public void Every_stage_leaves_its_files_and_a_manifest()
    {
        SmallExperiment done = reference.Experiment;
        Assert.All(StageFolders, folder => Assert.True(File.Exists(Path.Combine(done.Run, folder, "manifest.json")), folder));
        Assert.Equal("40", done.Json("models/two/training.json", "steps"));
        Assert.Equal(40, File.ReadLines(Path.Combine(done.Run, "models", "two", "metrics.jsonl")).Count());
        Assert.True(File.Exists(Path.Combine(done.Run, "models", "one", "checkpoints", "step0", "model.safetensors")));
        Assert.DoesNotContain(done.Files("runs").Keys, file => file.Contains("superseded", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_again_everything_is_up_to_date_and_no_file_is_touched()
    {
        using SmallExperiment copy = reference.Experiment.Copy();
        var before = copy.Files();
        Assert.Contains("Everything is up to date", CastaliaProgram.Succeed(copy.Folder, SmallExperiment.RunArguments()), StringComparison.Ordinal);
        Assert.Equal(before, copy.Files());
    }

    [Fact]
    public void A_run_folder_that_was_moved_is_still_up_to_date()
    {
        using SmallExperiment copy = reference.Experiment.Copy();
        Directory.Move(copy.Run, copy["runs", "moved"]);
        string[] only = SmallExperiment.RunArguments()[2..];
        string said = CastaliaProgram.Succeed(copy.Folder, ["run", "runs/moved/recipe.yml", "--output", "runs/moved", .. only]);
        Assert.Contains("Everything is up to date", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dry_run_says_what_would_be_done_and_why_and_does_nothing()
    {
        using SmallExperiment fresh = SmallExperiment.Create();
        string said = CastaliaProgram.Succeed(fresh.Folder, SmallExperiment.RunArguments("--dry-run"));
        Assert.Matches(@"run +data +not done yet", said);
        Assert.Matches(@"run +train:two +follows", said);
        Assert.False(Path.Exists(fresh["runs"]));

        using SmallExperiment copy = reference.Experiment.Copy();
        var before = copy.Files();
        said = CastaliaProgram.Succeed(copy.Folder, SmallExperiment.RunArguments("--dry-run", "--set", "models.two.layers=1"));
        Assert.Matches(@"skip +data +up to date", said);
        Assert.Matches(@"skip +train:one +up to date", said);
        Assert.Matches(@"run +train:two +settings or inputs changed", said);
        Assert.Equal(before, copy.Files());
    }

    [Fact]
    public void A_changed_setting_changes_only_what_it_must_and_keeps_the_old_results()
    {
        using SmallExperiment copy = reference.Experiment.Copy();
        string oldHash = copy.Json("models/one/training.json", "weights_hash");
        var tokens = copy.Files("runs", "small", "tokens");
        var data = copy.Files("runs", "small", "data");
        CastaliaProgram.Succeed(copy.Folder, SmallExperiment.RunArguments("--set", "training.steps=6"));

        Assert.Equal(data, copy.Files("runs", "small", "data"));
        var after = copy.Files("runs", "small", "tokens"); // the sample order of fewer steps may have been laid beside the tokens
        Assert.All(tokens, file => Assert.Equal(file.Value, after[file.Key]));
        Assert.Equal("6", copy.Json("models/one/training.json", "steps"));
        Assert.Equal(oldHash, copy.Json("superseded/1/models/one/training.json", "weights_hash"));
    }

    [Fact]
    public void A_forced_stage_runs_again_and_ends_in_the_same_bits()
    {
        using SmallExperiment copy = reference.Experiment.Copy();
        var other = copy.Files("runs", "small", "models", "one");
        string started = copy.Json("models/two/manifest.json", "started");
        CommandResult result = CastaliaProgram.Run(copy.Folder, SmallExperiment.RunArguments("--force", "train:two"));
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("1 stages run", result.Output, StringComparison.Ordinal);
        Assert.NotEqual(started, copy.Json("models/two/manifest.json", "started"));
        Assert.Equal(other, copy.Files("runs", "small", "models", "one"));
        Assert.Equal(reference.Experiment.Results(), copy.Results());
    }

    [Fact]
    public void An_altered_output_is_refused_and_made_again_when_forced()
    {
        using SmallExperiment copy = reference.Experiment.Copy();
        File.AppendAllText(copy["runs", "small", "tokenizer", "tokenizer.json"], "\n");
        CommandResult result = CastaliaProgram.Run(copy.Folder, SmallExperiment.RunArguments());
        ErrorScreen.AssertShows(result, "tokenizer.json", "altered", "--force tokenizer");
        CastaliaProgram.Succeed(copy.Folder, SmallExperiment.RunArguments("--force", "tokenizer"));
        Assert.Equal(reference.Experiment.Results(), copy.Results());
    }

    [Theory]
    [InlineData("--only", "tokenzier", "tokenizer")]
    [InlineData("--force", "train:tow", "train:two")]
    public void A_stage_that_is_not_there_is_refused_with_a_suggestion(string option, string name, string suggestion)
    {
        using SmallExperiment fresh = SmallExperiment.Create();
        ErrorScreen.AssertShows(CastaliaProgram.Run(fresh.Folder, "run", "recipe.yml", option, name), option, name, $"Did you mean '{suggestion}'?");
        Assert.False(Path.Exists(fresh["runs"]));
    }
}
