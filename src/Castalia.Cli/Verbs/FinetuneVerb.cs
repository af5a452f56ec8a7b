using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Recipes;
using Castalia.Recipes.Configuration;
using Castalia.Recipes.Stages.Kinds;

namespace Castalia.Cli.Verbs;

/// <summary><c>castalia finetune</c>: a model and examples into a model, or into an adapter.</summary>
internal static class FinetuneVerb
{
    public static Command Create()
    {
        var model = new Option<string?>("--model", "-m") { Description = "The model to start from: a folder in HF's layout, or a checkpoint." };
        var data = new Option<string[]>("--data", "-d")
        {
            Description = "Files, folders or globs of examples, JSON lines (.jsonl, .jsonl.zst, .jsonl.gz): {\"prompt\", \"completion\"}, {\"instruction\", \"input\", \"output\"} or {\"messages\": [{\"role\", \"content\"}]}.",
            AllowMultipleArgumentsPerToken = true,
        };
        var validation = new Option<string[]>("--validation") { Description = "Examples that are not learned, on which the loss is taken at every checkpoint.", AllowMultipleArgumentsPerToken = true };
        var output = new Option<string>("--output", "-o") { Description = "The folder for metrics.jsonl and the checkpoints. Holding the beginning of this very run, it is gone on with.", Required = true };
        var examples = new Option<string?>("--examples") { Description = "The folder for the examples as rows of tokens; beside the output where nothing is said." };
        var name = new Option<string?>("--name") { Description = "The entry under finetune in the recipe under --config." };
        var command = new Command("finetune", "Train a model that there is on examples of what it is to answer: all its weights, or an adapter beside them (LoRA).")
        {
            model, data, validation, output, examples, name, SharedOptions.Config, SharedOptions.Force,
        };
        var options = new SectionOptions<FinetuneSettings>(command, "finetune", "name", "start_from", "data", "validation");
        command.SetAction(async (parsed, cancellation) =>
        {
            string? config = parsed.GetValue(SharedOptions.Config);
            string folder = parsed.GetRequiredValue(output);
            FinetuneSettings? entry = config is null ? null : Entry(config, parsed.GetValue(name));
            string start = parsed.GetValue(model) ?? entry?.StartFrom ?? throw new InputException("--model", null, "no model is named to start from.", "Give --model FOLDER.");
            string[] files = parsed.GetValue(data) is { Length: > 0 } given ? given : [.. entry?.Data ?? throw new InputException("--data", null, "no examples are named.", "Give --data FILES.")];
            string[] held = parsed.GetValue(validation) is { Length: > 0 } givenToo ? givenToo : [.. entry?.Validation ?? []];
            FinetuneSettings settings = options.Read(
                parsed, config, root => entry is null ? null : Section(root, entry.Name),
                ("name", Text(entry?.Name ?? ModelName.Of(folder))), ("start_from", Text(start)), ("data", List(files)), ("validation", List(held)));
            // A path in a recipe is seen from the recipe.
            if (entry?.ChatTemplate is { } template && settings.ChatTemplate is { } said && !File.Exists(said))
                settings = settings with { ChatTemplate = template };

            bool force = parsed.GetValue(SharedOptions.Force);
            string rows = parsed.GetValue(examples) ?? Path.TrimEndingDirectorySeparator(folder) + "-examples", line = CommandLineText.Of(parsed);
            settings.Validate("finetune");
            await StageDisplay.RunAsync(ExamplesStage.Create(settings, start, rows, line), force, cancellation);
            return await StageDisplay.RunAsync(FinetuneStage.Create(settings, start, rows, folder, line), force, cancellation);
        });
        return Examples.Attach(command,
            ("all weights, on conversations", "castalia finetune --model pythia-160m --data chat.jsonl --chat-template plain --epochs 2 --output tuned"),
            ("an adapter", "castalia finetune --model pythia-1.4b --data instructions.jsonl --method lora --lora-rank 16 --lora-targets all-linear --output adapter"),
            ("an entry of a recipe alone", "castalia finetune --config recipes/finetune-counting.yml --name counting-lora --output adapter"));
    }

    private static FinetuneSettings Entry(string config, string? name)
    {
        IReadOnlyList<FinetuneSettings> all = RecipeRun.ReadRecipe(config, []).Finetune;
        string[] names = [.. all.Select(one => one.Name)];
        if (name is null)
            return all.Count == 1 ? all[0] : throw new InputException(config, "finetune", $"it has {all.Count} entries.", "Name one with --name.");
        return all.FirstOrDefault(one => one.Name == name) ?? throw new InputException(config, "finetune", $"there is no entry '{name}'.", NameSuggestion.Remedy(name, names));
    }

    private static ConfigNode? Section(ConfigMap root, string name) =>
        root.Find("finetune") is ConfigList list ? list.Items.OfType<ConfigMap>().First(item => (item.Find("name") as ConfigScalar)?.Value == name) : root.Find("finetune");

    private static ConfigScalar Text(string value) => new(ConfigOverride.Origin, 1, value);

    private static ConfigList List(IEnumerable<string> values) => new(ConfigOverride.Origin, 1, [.. values.Select(Text)]);
}
