using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Recipes.Stages.Kinds;

namespace Castalia.Cli.Verbs;

/// <summary><c>castalia report</c>: the page that tells of a run.</summary>
internal static class ReportVerb
{
    public static Command Create()
    {
        var run = new Argument<string>("run") { Description = "The run folder." };
        var command = new Command("report", "Write report.html into a run folder: one file that opens without a network.") { run, SharedOptions.Force };
        command.SetAction((parsed, cancellation) =>
        {
            string folder = parsed.GetRequiredValue(run);
            return StageDisplay.RunAsync(ReportStage.Create(folder, ReportStage.InputsOf(folder), CommandLineText.Of(parsed)), parsed.GetValue(SharedOptions.Force), cancellation);
        });
        return Examples.Attach(command, ("the page of a run", "castalia report runs/mini-pythia"));
    }
}
