using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Recipes;
using Castalia.Recipes.Configuration;
using Castalia.Recipes.Stages.Kinds;
using Castalia.Training;

namespace Castalia.Cli.Verbs;

/// <summary><c>castalia train</c>: packed tokens into a model with all its checkpoints.</summary>
internal static class TrainVerb
{
    public static Command Create()
    {
        var model = new Option<string>("--model", "-m") { Description = "A model of the recipe under --config, by name; without a recipe a Pythia size (14m, 70m, 160m, ...) or a name for the shape given by the options below.", Required = true };
        var tokens = new Option<string>("--tokens") { Description = "The folder with train.bin and train.idx.", Required = true };
        var tokenizer = new Option<string>("--tokenizer", "-t") { Description = "The tokenizer.json that made the tokens.", Required = true };
        var output = new Option<string>("--output", "-o") { Description = "The folder for metrics.jsonl and the checkpoints. Holding the beginning of this very run, it is gone on with.", Required = true };
        var command = new Command("train", "Train a GPT-NeoX model with Pythia's architecture, initialisation, optimizer, schedule and checkpoints.") { model, tokens, tokenizer, output, SharedOptions.Config, SharedOptions.Force };
        var training = new SectionOptions<TrainingOptions>(command, "training");
        var shape = new SectionOptions<ModelSettings>(command, "models", "name", "learning_rate");
        command.SetAction((parsed, cancellation) =>
        {
            string name = parsed.GetRequiredValue(model);
            string? config = parsed.GetValue(SharedOptions.Config);
            bool isSize = config is null && Models.PythiaSizes.All.Any(size => size.Name == name || "pythia-" + size.Name == name);
            ModelSettings section = shape.Read(parsed, config, root => Find(root, name, config), isSize
                ? [("name", Text(name)), ("size", Text(name))]
                : [("name", Text(name))]);
            return StageDisplay.RunAsync(
                TrainStage.Create(section, training.Read(parsed, config), parsed.GetRequiredValue(tokens), parsed.GetRequiredValue(tokenizer), parsed.GetRequiredValue(output), CommandLineText.Of(parsed)),
                parsed.GetValue(SharedOptions.Force), cancellation);
        });
        return Examples.Attach(command,
            ("a small model on packed tokens", "castalia train --model 14m --tokens tokens --tokenizer tokenizer/tokenizer.json --sequence-length 512 --batch-size 8 --steps 1000 --output models/14m"),
            ("a model of a recipe", "castalia train --config recipes/mini-pythia.yml --model small --tokens tokens --tokenizer tokenizer/tokenizer.json --output models/small"));
    }

    private static ConfigScalar Text(string value) => new(ConfigOverride.Origin, 1, value);

    private static ConfigNode? Find(ConfigMap root, string name, string? config)
    {
        if (config is null)
            return null;
        var models = (root.Find("models") as ConfigList)?.Items.OfType<ConfigMap>().ToList() ?? [];
        string[] names = [.. models.Select(item => (item.Find("name") as ConfigScalar)?.Value ?? "")];
        int at = Array.IndexOf(names, name);
        return at >= 0 ? models[at] : throw new InputException(config, "models", $"there is no model '{name}'.", NameSuggestion.Remedy(name, names));
    }
}
