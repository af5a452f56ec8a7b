using System.Globalization;
using Castalia.Recipes;

namespace Castalia.Cli.Display;

/// <summary>Shows a recipe's stages as they are planned and done.</summary>
internal static class RunDisplay
{
    /// <summary>Prints what a request would do.</summary>
    public static void ShowPlan(RecipeRun run, RunRequest request)
    {
        IReadOnlyList<PlannedStage> plan = run.Plan(request);
        int width = plan.Max(planned => planned.Stage.Name.Length);
        foreach (PlannedStage planned in plan)
            Console.WriteLine($"{(planned.Runs ? "run " : "skip")}  {planned.Stage.Name.PadRight(width)}  {planned.Why}");
        int runs = plan.Count(planned => planned.Runs);
        Console.WriteLine(runs == 0 ? "Everything is up to date." : $"{runs} of {plan.Count} stages would run in {run.Folder}. Nothing was done.");
    }

    /// <summary>Runs a request, a line for every stage.</summary>
    public static async Task ExecuteAsync(RecipeRun run, RunRequest request, CancellationToken cancellation)
    {
        int ran = 0;
        await ProgressDisplay.ShowAsync(progress =>
        {
            string place = "";
            run.Execute(request,
                (index, count, stage) => place = string.Create(CultureInfo.InvariantCulture, $"{index,2}/{count}  {stage.Name}"),
                (stage, outcome) =>
                {
                    if (outcome.Ran)
                    {
                        ran++;
                        ProgressDisplay.Say(progress, $"{place}: done in {Duration(outcome.Manifest.Seconds)}");
                        if (outcome.Superseded is not null)
                            ProgressDisplay.Say(progress, $"       what stood there before, made with other settings, is kept in {outcome.Superseded}");
                    }
                },
                progress, cancellation);
            return true;
        });
        string report = Path.Combine(run.Folder, "report.html");
        Console.WriteLine(ran == 0 ? $"Everything is up to date in {run.Folder}." : $"{ran} stages run in {run.Folder}.");
        if (File.Exists(report))
            Console.WriteLine($"Report: {report}");
    }

    /// <summary>Seconds as a person reads them.</summary>
    public static string Duration(double seconds) => seconds < 60
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s")
        : string.Create(CultureInfo.InvariantCulture, $"{(int)seconds / 60} min {(int)seconds % 60:00} s");
}
