using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Castalia.Formats;
using Castalia.Models;
using Castalia.Recipes.Configuration;
using Castalia.Text;
using Castalia.Training;

namespace Castalia.Recipes.Stages.Kinds;

/// <summary>Continues the same prompts with every checkpoint.</summary>
public static class GenerateStage
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The stage that writes <c>{model}.jsonl</c>, a line for each checkpoint and prompt.</summary>
    /// <param name="section">The prompts, and how they are continued.</param>
    /// <param name="models">Each model's name, and its folder or its folder of checkpoints.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="command">The command that does the same again.</param>
    public static Stage Create(GenerateSettings section, IReadOnlyList<(string Name, string Folder)> models, string folder, string command) => new()
    {
        Kind = "generate",
        Folder = folder,
        Inputs = [.. models.Select(model => model.Folder)],
        Settings = ConfigWriter.ToJson(section),
        Seed = section.Options.Seed,
        Command = command,
        Run = context => Run(section, models, context),
    };

    /// <summary>What a checkpoint made of a prompt.</summary>
    /// <param name="Model">The model's name.</param>
    /// <param name="Step">The checkpoint's step; null for a model that is not one of a run.</param>
    /// <param name="Prompt">The prompt.</param>
    /// <param name="Text">What the model added.</param>
    public sealed record Continuation(string Model, long? Step, string Prompt, string Text);

    /// <summary>Continues the prompts with one checkpoint after the other.</summary>
    /// <exception cref="InputException">A model or its tokenizer cannot be read.</exception>
    public static IEnumerable<Continuation> Continue(GenerateSettings section, IReadOnlyList<(string Name, string Folder)> models, CancellationToken cancellation) =>
        models.SelectMany(model => ModelCheckpoint.In(model.Folder).SelectMany(checkpoint => Continue(section, model.Name, checkpoint, cancellation)));

    private static void Run(GenerateSettings section, IReadOnlyList<(string Name, string Folder)> models, StageContext context)
    {
        int total = models.Sum(model => ModelCheckpoint.In(model.Folder).Count) * section.Prompts.Count, done = 0;
        foreach ((string Name, string Folder) model in models)
        {
            var lines = new StringBuilder();
            foreach (Continuation continuation in Continue(section, [model], context.Cancellation))
            {
                context.Progress?.Report(new WorkProgress("generate", ++done, total, "continuations", $"{model.Name}, step {continuation.Step}"));
                lines.Append(new JsonObject
                {
                    ["model"] = continuation.Model,
                    ["step"] = continuation.Step,
                    ["prompt"] = continuation.Prompt,
                    ["continuation"] = continuation.Text,
                    ["settings"] = ConfigWriter.ToJson(section.Options),
                }.ToJsonString(Readable)).Append('\n');
            }
            AtomicFile.WriteAllText(Path.Combine(context.Folder, model.Name + ".jsonl"), lines.ToString());
        }
    }

    private static IEnumerable<Continuation> Continue(GenerateSettings section, string name, ModelCheckpoint checkpoint, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Tokenizer tokenizer = checkpoint.LoadTokenizer();
        using Transformer model = checkpoint.LoadModel(TrainingPrecision.Float32);
        int[][] prompts = [.. section.Prompts.Select(prompt => tokenizer.Encode(prompt))];
        IReadOnlyList<int[]> added = new Generator(model).Generate(prompts, section.Options, null, cancellation);
        return [.. prompts.Select((_, i) => new Continuation(name, checkpoint.Step, section.Prompts[i], tokenizer.Decode(added[i])))];
    }
}
