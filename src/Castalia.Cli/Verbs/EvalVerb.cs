using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Recipes;
using Castalia.Recipes.Stages.Kinds;

namespace Castalia.Cli.Verbs;

/// <summary><c>castalia eval</c>: a model or every checkpoint of a run, scored.</summary>
internal static class EvalVerb
{
    public static Command Create()
    {
        var model = new Option<string>("--model", "-m") { Description = "A model folder, or a folder of checkpoints.", Required = true };
        var data = new Option<string?>("--data", "-d") { Description = "Documents for bits per byte of each component (.jsonl, .jsonl.zst, .jsonl.gz); without it only tasks are run." };
        var output = new Option<string>("--output", "-o") { Description = "The folder for results.json and bits_per_byte.json of each checkpoint.", Required = true };
        var command = new Command("eval", "Score a model on tasks in lm-evaluation-harness's YAML, and in bits per byte.") { model, data, output, SharedOptions.Adapter, SharedOptions.Config, SharedOptions.Force };
        var options = new SectionOptions<EvaluationSettings>(command, "evaluation");
        command.SetAction((parsed, cancellation) =>
        {
            string folder = parsed.GetRequiredValue(model);
            string? config = parsed.GetValue(SharedOptions.Config);
            EvaluationSettings settings = options.Read(parsed, config);
            if (config is not null && settings.TaskFolder is { } tasks && !File.Exists(tasks) && !Directory.Exists(tasks))
                settings = settings with { TaskFolder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(config))!, tasks) };
            return StageDisplay.RunAsync(
                EvalStage.Create(settings, ModelName.Of(folder), folder, parsed.GetValue(data), parsed.GetRequiredValue(output), CommandLineText.Of(parsed), parsed.GetValue(SharedOptions.Adapter)),
                parsed.GetValue(SharedOptions.Force), cancellation);
        });
        return Examples.Attach(command,
            ("one checkpoint on two tasks", "castalia eval --model runs/mini-pythia/models/pythia-small/checkpoints/step512 --tasks lambada_openai blimp --limit 100 --output scores"),
            ("every checkpoint of a model, with bits per byte", "castalia eval --model runs/mini-pythia/models/pythia-small/checkpoints --data runs/mini-pythia/data/validation.jsonl.zst --output scores"));
    }
}
