using Castalia.Data;
using Castalia.Evaluation;
using Castalia.Formats;
using Castalia.Models;
using Castalia.Recipes.Configuration;

namespace Castalia.Recipes.Stages.Kinds;

/// <summary>Scores every checkpoint: the harness's tasks, and bits per byte of each component.</summary>
public static class EvalStage
{
    /// <summary>The task files that come with the program.</summary>
    public static string OwnTasks { get; } = Path.Combine(AppContext.BaseDirectory, "tasks");

    /// <summary>The data sets that come with the program.</summary>
    public static string OwnDatasets { get; } = Path.Combine(AppContext.BaseDirectory, "data", "eval");

    /// <summary>The stage that writes <c>step{N}/results.json</c>, its samples and <c>bits_per_byte.json</c> for every checkpoint.</summary>
    /// <param name="settings">Which tasks, on how many documents.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="checkpoints">A model folder or a folder of checkpoints.</param>
    /// <param name="documents">Validation documents, for bits per byte; null leaves it out.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="command">The command that does the same again.</param>
    /// <param name="adapter">An adapter's folder to be laid over each checkpoint; null for none.</param>
    public static Stage Create(EvaluationSettings settings, string model, string checkpoints, string? documents, string folder, string command, string? adapter = null) => new()
    {
        Kind = "eval",
        Model = model,
        Folder = folder,
        Inputs = [checkpoints, .. documents is null || settings.BitsPerByteBytes == 0 ? Array.Empty<string>() : [documents], .. TaskFolders(settings), .. adapter is null ? Array.Empty<string>() : [adapter]],
        Settings = ConfigWriter.ToJson(settings with { TaskFolder = null }),
        Command = command,
        Resumes = true,
        Run = context => Run(settings, model, checkpoints, documents, adapter, context),
    };

    private static string[] TaskFolders(EvaluationSettings settings) =>
        settings.TaskFolder is { } folder ? [OwnTasks, folder] : [OwnTasks]; // a later folder goes before an earlier one

    private static void Run(EvaluationSettings settings, string name, string checkpoints, string? documents, string? adapter, StageContext context)
    {
        EvaluationPlan? plan = settings.Tasks.Count == 0 ? null : EvaluationPlan.Build(
            TaskLibrary.Open(TaskFolders(settings)).Load(settings.Tasks),
            new EvaluationOptions
            {
                Limit = settings.Limit,
                NumFewshot = settings.NumFewshot,
                BootstrapIterations = settings.BootstrapIterations,
                Datasets = new DatasetLibrary { Folders = [OwnDatasets] },
            }, null, context.Cancellation);
        IReadOnlyList<ModelCheckpoint> all = ModelCheckpoint.In(checkpoints, adapter);
        for (int i = 0; i < all.Count; i++)
        {
            ModelCheckpoint checkpoint = all[i];
            string final = Path.Combine(context.Folder, checkpoint.Name);
            context.Progress?.Report(new WorkProgress($"eval {name}", i, all.Count, "checkpoints", checkpoint.Name));
            if (Directory.Exists(final))
                continue; // done before the work was cut short
            using AtomicFolder target = AtomicFolder.Create(final);
            using Transformer transformer = checkpoint.LoadModel(settings.Precision);
            var model = new TransformerLanguageModel(transformer, checkpoint.LoadTokenizer(), name, LanguageModelOptions.In(checkpoint.Folder, transformer.Config));
            if (plan is not null)
            {
                EvaluationResult result = Evaluator.Evaluate(plan, model, null, context.Cancellation);
                // A recipe's results are whole or not there at all.
                if (result.Failures.Count > 0)
                    throw result.Failures[0].Error;
                ResultsFile.Write(target.Path, result, samples: settings.LogSamples);
            }
            if (documents is not null && settings.BitsPerByteBytes > 0)
            {
                BitsPerByte.Evaluate(
                    model, DocumentReader.Read([documents], context.Cancellation), new BitsPerByteOptions { BytesPerComponent = settings.BitsPerByteBytes },
                    checkpoint.Step, null, context.Cancellation)
                    .Write(Path.Combine(target.Path, "bits_per_byte.json"));
            }
            target.Commit();
        }
        context.Progress?.Report(new WorkProgress($"eval {name}", all.Count, all.Count, "checkpoints"));
    }
}
