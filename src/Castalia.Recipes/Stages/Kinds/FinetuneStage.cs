using System.Text.Json.Nodes;
using Castalia.Data;
using Castalia.Formats;
using Castalia.Models;
using Castalia.Recipes.Configuration;
using Castalia.Training;

namespace Castalia.Recipes.Stages.Kinds;

/// <summary>Trains a model that there is on examples: all its weights, or an adapter beside them.</summary>
public static class FinetuneStage
{
    private const string TemplateFile = "chat_template.jinja";

    // What a conversation with the new model needs beside its tokenizer.
    private static readonly string[] Companions = ["tokenizer_config.json", "special_tokens_map.json", TemplateFile];

    /// <summary>The stage that writes <c>metrics.jsonl</c>, <c>training.json</c> and <c>checkpoints/step{N}</c>.</summary>
    /// <param name="settings">How it is trained.</param>
    /// <param name="model">The folder of the model to start from.</param>
    /// <param name="examples">A folder as <see cref="ExamplesStage"/> writes it.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="command">The command that does the same again.</param>
    public static Stage Create(FinetuneSettings settings, string model, string examples, string folder, string command)
    {
        settings.Validate($"finetune '{settings.Name}'");
        JsonObject relevant = ConfigWriter.ToJson(settings);
        // Where things lie is no part of what is made of them: their content is among the inputs.
        foreach (string path in new[] { "start_from", "data", "validation" })
            relevant.Remove(path);
        return new Stage
        {
            Kind = "finetune",
            Model = settings.Name,
            Folder = folder,
            Inputs = [model, examples],
            Settings = relevant,
            Seed = settings.Seed,
            Command = command,
            Resumes = true,
            Run = context => Run(settings, model, examples, context),
        };
    }

    private static void Run(FinetuneSettings settings, string model, string examples, StageContext context)
    {
        using SupervisedDataset samples = SupervisedDataset.Open(Path.Combine(examples, "train"), settings.SequenceLength, settings.Seed);
        string held = Path.Combine(examples, "validation");
        using SupervisedDataset? validation = settings.Validation.Count == 0 ? null : SupervisedDataset.Open(held, settings.SequenceLength, settings.Seed);
        string tokenizer = Path.Combine(model, "tokenizer.json");
        Trainer.Run(
            new TrainingJob(settings.Name, HuggingFaceFolder.LoadConfig(model), settings.Training(samples.Rows, validation?.Rows ?? 0), samples, context.Folder)
            {
                StartFrom = model,
                Lora = settings.Adapter(model),
                TokenizerPath = File.Exists(tokenizer) ? tokenizer : null,
                Companions = CompanionsOf(settings, model),
                Validation = validation,
            },
            context.Progress, context.Cancellation);
    }

    private static SortedDictionary<string, string> CompanionsOf(FinetuneSettings settings, string model)
    {
        const int LongestFile = 64 << 20;
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string name in Companions)
        {
            if (Path.Combine(model, name) is var path && File.Exists(path))
                texts[name] = InputFile.ReadAllText(path, LongestFile);
        }
        // A template that was given is the new model's own.
        if (settings.ChatTemplate is not null && ExamplesStage.Template(settings, model) is { } template)
            texts[TemplateFile] = template.Source;
        return texts;
    }
}
