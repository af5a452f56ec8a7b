using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Recipes;

namespace Castalia.Cli.Verbs;

/// <summary><c>castalia run</c>: a recipe from beginning to end.</summary>
internal static class RunVerb
{
    public static Command Create()
    {
        var recipe = new Argument<string>("recipe") { Description = "The recipe, a YAML file." };
        var output = new Option<string?>("--output", "-o") { Description = "The run folder. Default: what the recipe says, else runs/NAME." };
        var only = new Option<string[]>("--only") { Description = "Only this stage: train, or train:MODEL for one model. May be given several times.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var force = new Option<string[]>("--force") { Description = "This stage again, even if it is up to date.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var dryRun = new Option<bool>("--dry-run") { Description = "Show what would be done, and why, and do nothing." };
        var command = new Command("run", "Run a recipe: every stage that is not up to date, from text to report. Stopped at any instant, it goes on where it was.")
        {
            recipe, output, SharedOptions.Set, only, force, dryRun,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            RecipeRun run = RecipeRun.Open(parsed.GetRequiredValue(recipe), parsed.GetRequiredValue(SharedOptions.Set), parsed.GetValue(output));
            var request = new RunRequest(parsed.GetRequiredValue(only), parsed.GetRequiredValue(force));
            if (parsed.GetValue(dryRun))
                RunDisplay.ShowPlan(run, request);
            else
                await RunDisplay.ExecuteAsync(run, request, cancellation);
            return 0;
        });
        return Examples.Attach(command,
            ("the whole way from text to report", "castalia run recipes/mini-pythia.yml"),
            ("a shorter training, in a folder of its own", "castalia run recipes/mini-pythia.yml --set training.steps=50 -o runs/short"),
            ("one model's training again", "castalia run recipes/mini-pythia.yml --only train --force train:pythia-small"));
    }
}
