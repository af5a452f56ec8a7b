using System.Diagnostics;
using System.Globalization;
using Castalia.Cli.Tests.Commands;
using Castalia.Data;

namespace Castalia.Cli.Tests;

/// <summary>Whatever is wrong with what a user gives: one screen that names file, place and remedy, and nothing half-done.</summary>
public sealed class BadInputTests(ReferenceRun reference)
{
    [Fact]
    public void An_unknown_key_is_refused_with_its_line_and_a_suggestion()
    {
        using SmallExperiment fresh = SmallExperiment.Create();
        string[] lines = File.ReadAllLines(fresh["recipe.yml"]);
        int line = Array.FindIndex(lines, text => text.Contains("batch_size", StringComparison.Ordinal));
        lines[line] = lines[line].Replace("batch_size", "bach_size", StringComparison.Ordinal);
        File.WriteAllLines(fresh["recipe.yml"], lines);
        ErrorScreen.AssertShows(CastaliaProgram.Run(fresh.Folder, "run", "recipe.yml"),
            "recipe.yml", string.Create(CultureInfo.InvariantCulture, $"line {line + 1}"), "bach_size", "Did you mean 'batch_size'?");
        Assert.False(Path.Exists(fresh["runs"]));
    }

    [Theory]
    [InlineData("training.steps=many", "training.steps")]
    [InlineData("training.batch_size=0", "batch_size")]
    [InlineData("models.one.heads=3", "one")]
    [InlineData("models.one.size=15m", "15m")]
    [InlineData("generate.options.max_new_tokens=0", "generate.options")]
    [InlineData("data.validation_share=2", "validation")]
    [InlineData("models.three.layers=2", "three")]
    [InlineData("training", "--set")]
    public void A_value_that_cannot_be_meant_is_refused_before_anything_is_done(string assignment, string names)
    {
        using SmallExperiment fresh = SmallExperiment.Create();
        ErrorScreen.AssertShows(CastaliaProgram.Run(fresh.Folder, "run", "recipe.yml", "--set", assignment), names);
        Assert.False(Path.Exists(fresh["runs"]));
    }

    [Theory]
    [InlineData("nothere.jsonl")]
    [InlineData("nothere/*.jsonl.zst")]
    public void Documents_that_are_not_there_are_named(string input)
    {
        using SmallExperiment fresh = SmallExperiment.Create();
        ErrorScreen.AssertShows(CastaliaProgram.Run(fresh.Folder, "run", "recipe.yml", "--set", $"data.inputs=['{input}']"), input);
        Assert.Empty(fresh.Files("runs"));
    }

    [Fact]
    public void A_recipe_that_is_not_there_is_named()
    {
        using SmallExperiment fresh = SmallExperiment.Create();
        ErrorScreen.AssertShows(CastaliaProgram.Run(fresh.Folder, "run", "nothere.yml"), "nothere.yml");
    }

    [Fact]
    public void A_truncated_input_is_named_and_leaves_no_corpus()
    {
        using SmallExperiment fresh = SmallExperiment.Create();
        DocumentWriter.Write(fresh["docs.jsonl.zst"], DocumentReader.Read([fresh["docs.jsonl"]], TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        byte[] whole = File.ReadAllBytes(fresh["docs.jsonl.zst"]);
        File.WriteAllBytes(fresh["docs.jsonl.zst"], whole[..(whole.Length * 2 / 3)]);
        CommandResult result = CastaliaProgram.Run(fresh.Folder, SmallExperiment.RunArguments("--set", "data.inputs=[docs.jsonl.zst]"));
        ErrorScreen.AssertShows(result, "docs.jsonl.zst", "byte");
        Assert.Empty(fresh.Files("runs", "small", "data"));
        Assert.Empty(fresh.Files("runs", "small", "tokenizer"));
    }

    [Theory]
    [InlineData("hello: 1")]
    [InlineData("{\"version\": \"1.0\", \"model\": {\"type\": \"Unigram\"}}")]
    [InlineData("")]
    public void A_tokenizer_that_is_none_is_named(string content)
    {
        using SmallExperiment copy = reference.Experiment.Copy();
        File.WriteAllText(copy["mine.json"], content);
        CommandResult result = CastaliaProgram.Run(copy.Folder, "tokenize", "--input", "runs/small/data", "--tokenizer", "mine.json", "--output", "tokens");
        ErrorScreen.AssertShows(result, "mine.json");
        Assert.Empty(copy.Files("tokens"));
    }

    [Fact]
    public void A_checkpoint_with_a_flipped_byte_is_not_used()
    {
        using SmallExperiment copy = reference.Experiment.Copy();
        string weights = copy["runs", "small", "models", "one", "checkpoints", "step8", "model.safetensors"];
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^100] ^= 4;
        File.WriteAllBytes(weights, bytes);
        const string Checkpoint = "runs/small/models/one/checkpoints/step8";
        CommandResult generated = CastaliaProgram.Run(copy.Folder, "generate", "--model", Checkpoint, "--prompt", "a");
        ErrorScreen.AssertShows(generated, "step8/model.safetensors", "SHA-256");
        Assert.Empty(generated.Output);
        ErrorScreen.AssertShows(CastaliaProgram.Run(copy.Folder, "lens", "--model", Checkpoint, "--data", "runs/small/data/validation.jsonl.zst", "--output", "lens"),
            "step8/model.safetensors", "SHA-256");
        Assert.Empty(copy.Files("lens"));
    }

    [Fact]
    public async Task A_run_folder_in_use_names_the_process_that_uses_it()
    {
        using SmallExperiment copy = reference.Experiment.Copy();
        using Process first = CastaliaProgram.Start(copy.Folder, SmallExperiment.RunArguments("--set", "training.steps=20000"));
        Task<string> output = first.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), errors = first.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            string holder = copy["runs", "small", ".castalia.holder.json"];
            while (!File.Exists(holder))
                Assert.False(first.WaitForExit(20), "The first run ended before it took the folder.");
            CommandResult second = CastaliaProgram.Run(copy.Folder, SmallExperiment.RunArguments());
            Assert.False(first.HasExited);
            ErrorScreen.AssertShows(second, "small", "in use", string.Create(CultureInfo.InvariantCulture, $"process {first.Id} "));
        }
        finally
        {
            first.Kill();
            await Task.WhenAll(output, errors); // they end with the process
        }
    }

    [Theory]
    [InlineData(8)] // in the first stages' files
    [InlineData(400)] // in the larger model's optimizer state
    public void A_full_disk_loses_nothing(int blocks)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The size of files is limited by Linux's shell.");
        using SmallExperiment fresh = SmallExperiment.Create();
        CommandResult full = CastaliaProgram.RunWithFullDisk(fresh.Folder, blocks, SmallExperiment.RunArguments());
        ErrorScreen.AssertShows(full, "small", "space");
        Assert.All(fresh.Files("runs"), file => Assert.InRange(file.Value.Bytes, 1, blocks * 512));
        CastaliaProgram.Succeed(fresh.Folder, SmallExperiment.RunArguments());
        Assert.Equal(reference.Experiment.Results(), fresh.Results());
    }

    [Theory]
    [InlineData("frob")]
    [InlineData("run")]
    [InlineData("run", "recipe.yml", "--bogus")]
    [InlineData("train", "--model", "14m")]
    [InlineData("tokenize", "--input", "x", "--tokenizer", "y", "--output", "z", "--appendeod", "true")]
    public void A_command_line_that_is_not_understood_has_exit_code_2(params string[] arguments)
    {
        using SmallExperiment fresh = SmallExperiment.Create();
        CommandResult result = CastaliaProgram.Run(fresh.Folder, arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.NotEmpty(result.Errors.Trim());
        ErrorScreen.AssertOneScreen(result);
        Assert.Equal(["docs.jsonl", "recipe.yml"], fresh.Files().Keys.Order(StringComparer.Ordinal));
    }
}
