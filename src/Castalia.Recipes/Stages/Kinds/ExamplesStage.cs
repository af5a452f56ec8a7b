using System.Text.Json.Nodes;
using Castalia.Data;
using Castalia.Models;
using Castalia.Recipes.Configuration;
using Castalia.Text;
using Castalia.Text.Chat;

namespace Castalia.Recipes.Stages.Kinds;

/// <summary>Prepares examples to learn from: rows of tokens with labels.</summary>
public static class ExamplesStage
{
    private static readonly string[] ModelFiles = ["config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"];

    /// <summary>The stage that writes <c>train</c> and <c>validation</c> as rows with labels, and <c>supervised.json</c>.</summary>
    /// <param name="settings">The examples, and how they become rows.</param>
    /// <param name="model">The folder of the model that they are for: its tokenizer and its chat template are taken.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="command">The command that does the same again.</param>
    public static Stage Create(FinetuneSettings settings, string model, string folder, string command)
    {
        string? template = TemplateFile(settings);
        return new Stage
        {
            Kind = "examples",
            Model = settings.Name,
            Folder = folder,
            Inputs =
            [
                .. DocumentReader.Expand(settings.Data), .. settings.Validation.Count == 0 ? [] : DocumentReader.Expand(settings.Validation),
                // Of a model still to be trained these two are known to come.
                .. ModelFiles.Select(name => Path.Combine(model, name)).Where((file, i) => i < 2 && !Directory.Exists(model) || File.Exists(file)),
                .. template is null ? Array.Empty<string>() : [template],
            ],
            Settings = Relevant(settings),
            Command = command,
            Run = context => Run(settings, model, context),
        };
    }

    /// <summary>The chat template that settings mean; null for none.</summary>
    /// <exception cref="InputException">A template was asked for and is not there, or is malformed.</exception>
    internal static ChatTemplate? Template(FinetuneSettings settings, string model)
    {
        if (settings.ChatTemplate == FinetuneSettings.NoTemplate)
            return null;
        if (settings.ChatTemplate is { } named)
            return ChatTemplate.Load(model, named);
        return ChatTemplate.Find(model);
    }

    private static string? TemplateFile(FinetuneSettings settings) =>
        settings.ChatTemplate is null or FinetuneSettings.NoTemplate or FinetuneSettings.PlainTemplate ? null : settings.ChatTemplate;

    // What decides the rows, and nothing of the training.
    private static JsonObject Relevant(FinetuneSettings settings) => new()
    {
        ["train_on"] = RecordShape.Show(settings.TrainOn),
        ["too_long"] = RecordShape.Show(settings.TooLong),
        ["packing"] = RecordShape.Show(settings.Packing),
        ["append_end_of_text"] = settings.AppendEndOfText,
        ["sequence_length"] = settings.SequenceLength,
        ["chat_template"] = TemplateFile(settings) is null ? settings.ChatTemplate : "a file",
        ["data"] = DocumentReader.Expand(settings.Data).Count, // which of the inputs are validation
    };

    private static void Run(FinetuneSettings settings, string model, StageContext context)
    {
        var options = new SupervisedOptions
        {
            Tokenizer = Tokenizer.Load(model),
            Template = Template(settings, model),
            EndOfText = HuggingFaceFolder.LoadConfig(model).EndTokenId,
            SequenceLength = settings.SequenceLength,
            TrainOn = settings.TrainOn,
            TooLong = settings.TooLong,
            Packing = settings.Packing,
            AppendEndOfText = settings.AppendEndOfText,
        };
        List<(string, IReadOnlyList<string>)> sets = [("train", settings.Data)];
        if (settings.Validation.Count > 0)
            sets.Add(("validation", settings.Validation));
        SupervisedPacker.Pack(options, sets, context.Folder, context.Progress, context.Cancellation);
    }
}
