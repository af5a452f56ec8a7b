using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Castalia.Formats;
using Castalia.Models;
using Castalia.Recipes.Configuration;

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
    /// <param name="precision">The type to compute in.</param>
    /// <param name="adapter">An adapter's folder to be laid over each model; null for none.</param>
    public static Stage Create(
        GenerateSettings section, IReadOnlyList<(string Name, string Folder)> models, string folder, string command, InferencePrecision precision = InferencePrecision.Float32,
        string? adapter = null)
    {
        JsonObject settings = ConfigWriter.ToJson(section);
        if (precision != InferencePrecision.Float32)
            settings["precision"] = precision.ToString();
        return new Stage
        {
            Kind = "generate",
            Folder = folder,
            Inputs = [.. models.Select(model => model.Folder), .. adapter is null ? Array.Empty<string>() : [adapter]],
            Settings = settings,
            Seed = section.Options.Seed,
            Command = command,
            Run = context => Run(section, models, precision, adapter, context),
        };
    }

    /// <summary>What a checkpoint made of a prompt.</summary>
    /// <param name="Model">The model's name.</param>
    /// <param name="Step">The checkpoint's step; null for a model that is not one of a run.</param>
    /// <param name="Prompt">The prompt.</param>
    /// <param name="Result">What the model added.</param>
    public sealed record Continuation(string Model, long? Step, string Prompt, TextResult Result);

    /// <summary>Continues the prompts with one checkpoint after the other.</summary>
    /// <param name="section">The prompts, and how they are continued.</param>
    /// <param name="models">Each model's name, and its folder or its folder of checkpoints.</param>
    /// <param name="precision">The type to compute in.</param>
    /// <param name="adapter">An adapter's folder to be laid over each model; null for none.</param>
    /// <param name="listener">Who is told what comes while it comes; null for nobody.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <exception cref="InputException">A model or its tokenizer cannot be read, or a prompt is too long for a model.</exception>
    public static IEnumerable<Continuation> Continue(
        GenerateSettings section, IReadOnlyList<(string Name, string Folder)> models, InferencePrecision precision = InferencePrecision.Float32, string? adapter = null,
        IGenerationListener? listener = null, CancellationToken cancellation = default) =>
        models.SelectMany(model => ModelCheckpoint.In(model.Folder, adapter).SelectMany(checkpoint => Continue(section, model.Name, checkpoint, precision, listener, cancellation)));

    private static void Run(GenerateSettings section, IReadOnlyList<(string Name, string Folder)> models, InferencePrecision precision, string? adapter, StageContext context)
    {
        int total = models.Sum(model => ModelCheckpoint.In(model.Folder).Count) * section.Prompts.Count, done = 0;
        foreach ((string Name, string Folder) model in models)
        {
            var lines = new StringBuilder();
            foreach (Continuation continuation in Continue(section, [model], precision, adapter, cancellation: context.Cancellation))
            {
                context.Progress?.Report(new WorkProgress("generate", ++done, total, "continuations", $"{model.Name}, step {continuation.Step}"));
                lines.Append(new JsonObject
                {
                    ["model"] = continuation.Model,
                    ["step"] = continuation.Step,
                    ["prompt"] = continuation.Prompt,
                    ["continuation"] = continuation.Result.Text,
                    ["settings"] = ConfigWriter.ToJson(section.Options),
                }.ToJsonString(Readable)).Append('\n');
            }
            AtomicFile.WriteAllText(Path.Combine(context.Folder, model.Name + ".jsonl"), lines.ToString());
        }
    }

    private static IEnumerable<Continuation> Continue(
        GenerateSettings section, string name, ModelCheckpoint checkpoint, InferencePrecision precision, IGenerationListener? listener, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using TextGenerator generator = checkpoint.LoadGenerator(precision, listener is null ? null : listener.Warn);
        int[][] prompts = [.. section.Prompts.Select(generator.Encode)];
        try
        {
            listener?.Begin(name, checkpoint.Step);
            IReadOnlyList<TextResult> results = generator.Generate(prompts, section.Options, listener is null ? null : listener.Piece, cancellation);
            listener?.End(results);
            return [.. results.Select((result, i) => new Continuation(name, checkpoint.Step, section.Prompts[i], result))];
        }
        catch (ArgumentException e)
        {
            throw new InputException(checkpoint.Folder, "prompt", e.Message, "Shorten the prompts, or ask for fewer new tokens.", e);
        }
    }
}

/// <summary>Who is told of continuations while they come.</summary>
public interface IGenerationListener
{
    /// <summary>A checkpoint is loaded and begins.</summary>
    void Begin(string model, long? step);

    /// <summary>A piece of the text of a prompt, by its index.</summary>
    void Piece(int prompt, TextPiece piece);

    /// <summary>A checkpoint is done with all prompts.</summary>
    void End(IReadOnlyList<TextResult> results);

    /// <summary>Something worth knowing, and no error.</summary>
    void Warn(string message);
}
