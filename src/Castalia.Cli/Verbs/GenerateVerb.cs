using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Models;
using Castalia.Recipes;
using Castalia.Recipes.Configuration;
using Castalia.Recipes.Stages.Kinds;

namespace Castalia.Cli.Verbs;

/// <summary><c>castalia generate</c>: prompts continued by a model or by every checkpoint of a run.</summary>
internal static class GenerateVerb
{
    public static Command Create()
    {
        var model = new Option<string[]>("--model", "-m") { Description = "A model folder, or a folder of checkpoints. May be given several times.", Required = true };
        var prompt = new Option<string[]>("--prompt", "-p") { Description = "A text to continue. May be given several times." };
        var output = new Option<string?>("--output", "-o") { Description = "A folder for one JSON line a checkpoint and prompt; without it continuations are printed." };
        var command = new Command("generate", "Continue prompts: greedily, or sampled with temperature, top-k and top-p.") { model, prompt, output, SharedOptions.Config, SharedOptions.Force };
        var options = new SectionOptions<GenerationOptions>(command, "generate.options");
        command.SetAction(async (parsed, cancellation) =>
        {
            string? config = parsed.GetValue(SharedOptions.Config);
            GenerationOptions generation = options.Read(parsed, config, root => (root.Find("generate") as ConfigMap)?.Find("options"));
            GenerateSettings section = config is null ? new GenerateSettings() : RecipeRun.ReadRecipe(config, []).Generate;
            if (parsed.GetValue(prompt) is { Length: > 0 } prompts)
                section = section with { Prompts = prompts };
            section = section with { Options = generation };
            section.Validate("generate");
            (string Name, string Folder)[] models = [.. parsed.GetRequiredValue(model).Select(folder => (ModelName.Of(folder), folder))];
            if (parsed.GetValue(output) is { } folder)
                return await StageDisplay.RunAsync(GenerateStage.Create(section, models, folder, CommandLineText.Of(parsed)), parsed.GetValue(SharedOptions.Force), cancellation);
            foreach (GenerateStage.Continuation continuation in GenerateStage.Continue(section, models, cancellation))
                Console.WriteLine($"[{continuation.Model}{(continuation.Step is { } step ? $", step {step}" : "")}] {continuation.Prompt}{continuation.Text}{Environment.NewLine}");
            return 0;
        });
        return Examples.Attach(command,
            ("greedily", "castalia generate --model runs/mini-pythia/models/small/checkpoints/step512 --prompt 'In the beginning'"),
            ("sampled, by every checkpoint", "castalia generate --model runs/mini-pythia/models/small/checkpoints --prompt 'In the beginning' --temperature 0.8 --top-p 0.95 --seed 7"));
    }
}
