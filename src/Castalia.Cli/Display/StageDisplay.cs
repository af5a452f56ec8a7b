using Castalia.Recipes.Stages;

namespace Castalia.Cli.Display;

/// <summary>Runs one stage as a verb of its own.</summary>
internal static class StageDisplay
{
    /// <summary>Brings a stage up to date and says what became of it.</summary>
    public static async Task<int> RunAsync(Stage stage, bool force, CancellationToken cancellation)
    {
        StageOutcome outcome = await ProgressDisplay.ShowAsync(progress =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(stage.Folder))!);
            return new StageRunner(new FileHashes()).Run(stage, force, progress, cancellation);
        });
        Console.WriteLine(outcome.Ran
            ? $"{stage.Folder}: done in {RunDisplay.Duration(outcome.Manifest.Seconds)}."
            : $"{stage.Folder} is up to date; --force does it again.");
        if (outcome.Superseded is not null)
            Console.WriteLine($"What stood there before is kept in {outcome.Superseded}.");
        return 0;
    }
}
