using System.Text.Json;
using Castalia.Cli.Tests.Commands;
using Castalia.Testing;

namespace Castalia.Cli.Tests;

/// <summary><c>castalia eval</c> as somebody uses it who comes from lm-evaluation-harness.</summary>
public sealed class EvalVerbTests(ReferenceRun reference) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Only(string pattern) => Assert.Single(Directory.GetFiles(_folder.Path, pattern, SearchOption.AllDirectories));

    [Fact]
    public void A_run_writes_the_harness_s_files_and_prints_its_table()
    {
        string said = CastaliaProgram.Succeed(_folder.Path, "eval", "--model", "sha256", "-t", "arc_easy,lambada_openai", "-L", "4", "-o", "out", "-s", "--bootstrap_iters", "100", "-f", "2");
        Assert.Contains("Version|", said, StringComparison.Ordinal);
        Assert.Contains("|acc_norm", said, StringComparison.Ordinal);
        Assert.Equal("sha256", Path.GetFileName(Path.GetDirectoryName(Only("results_*.json"))));
        Assert.Equal(4, File.ReadAllLines(Only("samples_arc_easy_*.jsonl")).Length);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Only("results_*.json")));
        Assert.Equal(2, json.RootElement.GetProperty("n-shot").GetProperty("arc_easy").GetInt32());
        Assert.Equal(4, json.RootElement.GetProperty("config").GetProperty("limit").GetDouble());
        Assert.Equal(64, json.RootElement.GetProperty("requests_sha256").GetString()!.Length);
        Assert.Equal(4, json.RootElement.GetProperty("n-samples").GetProperty("arc_easy").GetProperty("effective").GetInt32());
    }

    [Fact]
    public void The_command_line_goes_before_the_file()
    {
        File.WriteAllText(_folder["run.yaml"], "model: sha256\ntasks: [arc_easy]\nlimit: 7\nnum_fewshot: 1\noutput_path: out.json\n");
        CastaliaProgram.Succeed(_folder.Path, "eval", "run", "-C", "run.yaml", "--limit", "3");
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Only("out_*.json")));
        Assert.Equal(3, json.RootElement.GetProperty("config").GetProperty("limit").GetDouble());
        Assert.Equal(1, json.RootElement.GetProperty("n-shot").GetProperty("arc_easy").GetInt32());
    }

    [Fact]
    public void A_task_that_fails_is_told_and_the_others_are_written()
    {
        File.WriteAllText(_folder["bad.yaml"], "task: bad\noutput_type: multiple_choice\ndataset_path: json\ndataset_kwargs: {data_files: {test: none.jsonl}}\ntest_split: test\ndoc_to_text: x\ndoc_to_choice: [\"a\", \"b\"]\ndoc_to_target: 0\n");
        CommandResult result = CastaliaProgram.Run(_folder.Path, "eval", "-M", "sha256", "-t", "bad", "arc_easy", "--include_path", ".", "-L", "2", "-o", "out");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("failed bad", result.Errors, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Only("results_*.json")));
        Assert.True(json.RootElement.GetProperty("results").TryGetProperty("arc_easy", out _));
    }

    [Fact]
    public void Predictions_alone_are_not_scored()
    {
        CastaliaProgram.Succeed(_folder.Path, "eval", "-M", "sha256", "-t", "arc_easy", "-L", "2", "-o", "out", "-x");
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Only("results_*.json")));
        Assert.Equal(999, json.RootElement.GetProperty("results").GetProperty("arc_easy").GetProperty("bypass,none").GetDouble());
        Only("samples_arc_easy_*.jsonl");
    }

    [Fact]
    public void A_folder_is_a_model_and_its_answers_are_kept()
    {
        string model = Path.Combine(reference.Experiment.Run, "models", "one", "checkpoints", "step40");
        string[] command = ["eval", "--model", model, "--tasks", "lambada_openai", "--limit", "2", "--use_cache", "answers.txt", "--bootstrap_iters", "0"];
        CastaliaProgram.Succeed(_folder.Path, command);
        CommandResult again = CastaliaProgram.Run(_folder.Path, command);
        Assert.Contains("2 of 2 answers were in answers.txt", again.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Tasks_are_listed_and_checked()
    {
        Assert.Contains("blimp", CastaliaProgram.Succeed(_folder.Path, "eval", "ls", "groups"), StringComparison.Ordinal);
        Assert.Contains("1 tasks can be run", CastaliaProgram.Succeed(_folder.Path, "eval", "validate", "-t", "arc_easy", "--data"), StringComparison.Ordinal);
        Assert.Equal(1, CastaliaProgram.Run(_folder.Path, "eval", "validate", "-t", "arc_esay").ExitCode);
    }

    [Theory]
    [InlineData("Did you mean 'sha256'?", "-M", "sha265", "-t", "arc_easy")]
    [InlineData("no task is named", "-M", "sha256")]
    [InlineData("no place to write", "-M", "sha256", "-t", "arc_easy", "-s")]
    [InlineData("expected a number above 0", "-M", "sha256", "-t", "arc_easy", "-L", "many")]
    [InlineData("only with a chat template", "-M", "sha256", "-t", "arc_easy", "--fewshot_as_multiturn")]
    [InlineData("there are no revisions", "-a", "pretrained=x,revision=step1", "-t", "arc_easy")]
    public void What_does_not_go_is_said(string problem, params string[] arguments) =>
        ErrorScreen.AssertShows(CastaliaProgram.Run(_folder.Path, ["eval", .. arguments]), problem);
}
