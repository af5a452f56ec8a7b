using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Recipes;
using Castalia.Recipes.Stages.Kinds;

namespace Castalia.Cli.Verbs;

/// <summary><c>castalia lens</c>: the logit lens over a model or every checkpoint of a run.</summary>
internal static class LensVerb
{
    public static Command Create()
    {
        var model = new Option<string>("--model", "-m") { Description = "A model folder, or a folder of checkpoints.", Required = true };
        var data = new Option<string>("--data", "-d") { Description = "Documents to look at (.jsonl, .jsonl.zst, .jsonl.gz).", Required = true };
        var output = new Option<string>("--output", "-o") { Description = "The folder for one JSON file a checkpoint.", Required = true };
        var command = new Command("lens", "Read every layer's residual stream as a prediction: KL to the model's own, entropy, rank of the truth, cross-entropy.") { model, data, output, SharedOptions.Config, SharedOptions.Force };
        var options = new SectionOptions<LensSettings>(command, "lens");
        command.SetAction((parsed, cancellation) =>
        {
            string folder = parsed.GetRequiredValue(model);
            return StageDisplay.RunAsync(
                LensStage.Create(options.Read(parsed, parsed.GetValue(SharedOptions.Config)), ModelName.Of(folder), folder, parsed.GetRequiredValue(data), parsed.GetRequiredValue(output), CommandLineText.Of(parsed)),
                parsed.GetValue(SharedOptions.Force), cancellation);
        });
        return Examples.Attach(command,
            ("every checkpoint of a model", "castalia lens --model runs/mini-pythia/models/pythia-small/checkpoints --data runs/mini-pythia/data/validation.jsonl.zst --output lens"));
    }
}
