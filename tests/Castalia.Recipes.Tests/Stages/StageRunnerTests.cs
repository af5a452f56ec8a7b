using System.Text.Json.Nodes;
using Castalia.Recipes.Stages;
using Castalia.Testing;

namespace Castalia.Recipes.Tests.Stages;

public sealed class StageRunnerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private int _runs;

    public StageRunnerTests() => File.WriteAllText(_folder["input.txt"], "text");

    public void Dispose() => _folder.Dispose();

    private Stage Upper(string suffix = "", bool resumes = false, Action<StageContext>? run = null) => new()
    {
        Kind = "upper",
        Folder = _folder["run", "upper"],
        Inputs = [_folder["input.txt"]],
        Settings = new JsonObject { ["suffix"] = suffix },
        Command = "castalia upper",
        Resumes = resumes,
        Run = run ?? (context =>
        {
            _runs++;
            File.WriteAllText(Path.Combine(context.Folder, "output.txt"), File.ReadAllText(_folder["input.txt"]).ToUpperInvariant() + suffix);
        }),
    };

    private string Output => File.ReadAllText(_folder["run", "upper", "output.txt"]);

    private StageOutcome Run(Stage stage, bool force = false) => new StageRunner(new FileHashes()).Run(stage, force, null, TestContext.Current.CancellationToken);

    private StageState State(Stage stage) => new StageRunner(new FileHashes()).StateOf(stage);

    [Fact]
    public void What_is_up_to_date_is_not_run_again()
    {
        Assert.Equal(StageState.Missing, State(Upper()));
        StageOutcome first = Run(Upper());
        Assert.True(first.Ran);
        Assert.Equal("TEXT", Output);
        Assert.Equal(StageState.UpToDate, State(Upper()));
        Assert.False(Run(Upper()).Ran);
        Assert.Equal(1, _runs);
        Assert.Equal(["../../input.txt"], first.Manifest.Inputs.Keys);
        Assert.Equal(["output.txt"], first.Manifest.Outputs.Keys);
    }

    [Fact]
    public void A_touched_but_equal_input_changes_nothing_and_an_altered_one_does()
    {
        Run(Upper());
        File.SetLastWriteTimeUtc(_folder["input.txt"], DateTime.UtcNow.AddDays(1));
        Assert.Equal(StageState.UpToDate, State(Upper()));
        File.WriteAllText(_folder["input.txt"], "else");
        Assert.Equal(StageState.Changed, State(Upper()));
        Run(Upper());
        Assert.Equal("ELSE", Output);
    }

    [Fact]
    public void Results_of_other_settings_are_moved_aside_not_lost()
    {
        Run(Upper());
        StageOutcome outcome = Run(Upper("!"));
        Assert.Equal("TEXT!", Output);
        Assert.NotNull(outcome.Superseded);
        Assert.Equal("TEXT", File.ReadAllText(Path.Combine(outcome.Superseded!, "output.txt")));
        Assert.NotEqual(outcome.Superseded, Run(Upper()).Superseded);
    }

    [Fact]
    public void Force_runs_again()
    {
        Run(Upper());
        Assert.True(Run(Upper(), force: true).Ran);
        Assert.Equal(2, _runs);
    }

    [Fact]
    public void An_altered_output_is_an_error_and_a_deleted_one_is_made_again()
    {
        Run(Upper());
        File.WriteAllText(_folder["run", "upper", "output.txt"], "TAXT");
        File.SetLastWriteTimeUtc(_folder["run", "upper", "output.txt"], DateTime.UtcNow.AddDays(1));
        InputException error = Assert.Throws<InputException>(() => Run(Upper()));
        Assert.EndsWith("output.txt", error.File);
        Assert.Contains("--force upper", error.Remedy);
        Run(Upper(), force: true);
        File.Delete(_folder["run", "upper", "output.txt"]);
        Assert.Equal(StageState.Gone, State(Upper()));
        Run(Upper());
        Assert.Equal("TEXT", Output);
    }

    [Fact]
    public void Work_cut_short_goes_on_in_its_folder_if_the_stage_can_and_begins_anew_if_not()
    {
        void Half(StageContext context)
        {
            File.WriteAllText(Path.Combine(context.Folder, "half.txt"), "half");
            throw new OperationCanceledException();
        }

        bool sawHalf = false;
        void Finish(StageContext context) => sawHalf = File.Exists(Path.Combine(context.Folder, "half.txt"));

        Assert.Throws<OperationCanceledException>(() => Run(Upper(resumes: true, run: Half)));
        Assert.Equal(StageState.Unfinished, State(Upper(resumes: true)));
        Assert.Equal(StageState.Missing, State(Upper("other settings", resumes: true)));
        Assert.Equal(1, Run(Upper(resumes: true, run: Finish)).Manifest.Resumptions);
        Assert.True(sawHalf);

        Assert.Throws<OperationCanceledException>(() => Run(Upper("x", run: Half)));
        Assert.Null(Run(Upper("x", run: Finish)).Superseded); // a half is no result
        Assert.False(sawHalf);
    }

    [Fact]
    public void A_missing_input_is_named()
    {
        File.Delete(_folder["input.txt"]);
        Assert.Equal(StageState.Waiting, State(Upper()));
        Assert.EndsWith("input.txt", Assert.Throws<InputException>(() => Run(Upper())).File);
    }

    [Fact]
    public void A_moved_run_is_still_up_to_date()
    {
        Run(Upper());
        Directory.Move(_folder["run"], _folder["moved"]);
        Directory.CreateDirectory(_folder["run"]);
        Stage moved = new()
        {
            Kind = "upper",
            Folder = _folder["moved", "upper"],
            Inputs = [_folder["input.txt"]],
            Settings = new JsonObject { ["suffix"] = "" },
            Command = "",
            Run = _ => Assert.Fail("ran"),
        };
        Assert.Equal(StageState.UpToDate, State(moved));
    }

    [Fact]
    public void A_manifest_that_is_not_one_is_named()
    {
        Run(Upper());
        File.WriteAllText(_folder["run", "upper", "manifest.json"], "{\n  \"stage\": 5\n}");
        InputException error = Assert.Throws<InputException>(() => State(Upper()));
        Assert.EndsWith("manifest.json", error.File);
        Assert.Contains("line", error.Place);
    }
}
