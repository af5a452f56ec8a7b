using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Formats;
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
        var named = new Argument<string[]>("models") { Description = "A model folder, or a folder of checkpoints; one or several.", Arity = ArgumentArity.ZeroOrMore };
        var model = new Option<string[]>("--model", "-m") { Description = "The same, as an option. May be given several times.", DefaultValueFactory = _ => [] };
        var prompt = new Option<string[]>("--prompt", "-p") { Description = "A text to continue. May be given several times.", DefaultValueFactory = _ => [] };
        var file = new Option<string?>("--prompts") { Description = "A file of prompts, one a line: JSON objects with 'prompt' or 'text', JSON strings, or plain text; - for standard input." };
        var stream = new Option<bool>("--stream") { Description = "Show text as it comes." };
        var output = new Option<string?>("--output", "-o") { Description = "A folder for one JSON line a checkpoint and prompt; without it continuations are printed." };
        Option<string> dtype = DTypeOption.Create();
        var command = new Command("generate", "Continue prompts: greedily, by beam search, or sampled with temperature, top-k, top-p, min-p and typical-p.")
        {
            named, model, prompt, file, stream, output, dtype, SharedOptions.Adapter, SharedOptions.Config, SharedOptions.Force,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(named) is not { Length: > 0 } && result.GetValue(model) is not { Length: > 0 })
                result.AddError("Name a model folder, or a folder of checkpoints.");
        });
        var options = new SectionOptions<GenerationOptions>(command, "generate.options");
        command.SetAction(async (parsed, cancellation) =>
        {
            string? config = parsed.GetValue(SharedOptions.Config);
            GenerationOptions generation = options.Read(parsed, config, root => (root.Find("generate") as ConfigMap)?.Find("options"));
            GenerateSettings section = config is null ? new GenerateSettings() : RecipeRun.ReadRecipe(config, []).Generate;
            string[] prompts = [.. parsed.GetValue(prompt) ?? [], .. parsed.GetValue(file) is { } path ? ReadPrompts(path) : []];
            if (prompts.Length > 0)
                section = section with { Prompts = prompts };
            section = section with { Options = generation };
            section.Validate("generate");
            (string Name, string Folder)[] models = [.. ((string[])[.. parsed.GetValue(named) ?? [], .. parsed.GetValue(model) ?? []]).Select(folder => (ModelName.Of(folder), folder))];
            InferencePrecision precision = DTypeOption.Of(parsed, dtype);
            string? adapter = parsed.GetValue(SharedOptions.Adapter);
            if (parsed.GetValue(output) is { } folder)
                return await StageDisplay.RunAsync(GenerateStage.Create(section, models, folder, CommandLineText.Of(parsed), precision, adapter), parsed.GetValue(SharedOptions.Force), cancellation);
            var display = new GenerationDisplay(section.Prompts, parsed.GetValue(stream));
            foreach (GenerateStage.Continuation _ in GenerateStage.Continue(section, models, precision, adapter, display, cancellation))
                cancellation.ThrowIfCancellationRequested();
            return 0;
        });
        return Examples.Attach(command,
            ("greedily", "castalia generate runs/mini-pythia/models/small/checkpoints/step512 --prompt 'In the beginning'"),
            ("as it comes, sampled, up to an empty line", "castalia generate pythia-160m --prompt 'In the beginning' --stream --max-new-tokens 200 --temperature 0.8 --top-p 0.95 --stop-strings $'\\n\\n'"),
            ("by beam search", "castalia generate pythia-160m --prompt 'In the beginning' --num-beams 4 --early-stopping true"),
            ("many prompts into a file", "castalia generate pythia-160m --prompts prompts.jsonl --dtype bf16 --output continuations"),
            ("by every checkpoint", "castalia generate runs/mini-pythia/models/small/checkpoints --prompt 'In the beginning' --seed 7"));
    }

    private static IReadOnlyList<string> ReadPrompts(string path)
    {
        if (path == "-")
            return PromptFile.Read(Console.In, "standard input");
        using var reader = new StreamReader(InputFile.OpenRead(path));
        return PromptFile.Read(reader, path);
    }
}
