using System.Globalization;
using Castalia.Data;
using Castalia.Interpretability;
using Castalia.Models;
using Castalia.Recipes.Configuration;

namespace Castalia.Recipes.Stages.Kinds;

/// <summary>Looks into every layer of every checkpoint with the logit lens.</summary>
public static class LensStage
{
    /// <summary>The stage that writes <c>step{N}.json</c> for every checkpoint.</summary>
    /// <param name="section">How much text it looks at.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="checkpoints">A model folder or a folder of checkpoints.</param>
    /// <param name="documents">Validation documents.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="command">The command that does the same again.</param>
    public static Stage Create(LensSettings section, string model, string checkpoints, string documents, string folder, string command) => new()
    {
        Kind = "lens",
        Model = model,
        Folder = folder,
        Inputs = [checkpoints, documents],
        Settings = ConfigWriter.ToJson(section),
        Command = command,
        Resumes = true,
        Run = context => Run(section, model, checkpoints, documents, context),
    };

    private static void Run(LensSettings section, string name, string checkpoints, string documents, StageContext context)
    {
        IReadOnlyList<ModelCheckpoint> all = ModelCheckpoint.In(checkpoints);
        IReadOnlyList<int[]>? sequences = null;
        for (int i = 0; i < all.Count; i++)
        {
            ModelCheckpoint checkpoint = all[i];
            string file = Path.Combine(context.Folder, string.Create(CultureInfo.InvariantCulture, $"{checkpoint.Name}.json"));
            context.Progress?.Report(new WorkProgress($"lens {name}", i, all.Count, "checkpoints", checkpoint.Name));
            if (File.Exists(file))
                continue; // done before the work was cut short
            using Transformer model = checkpoint.LoadModel(InferencePrecision.Float32);
            sequences ??= LensSequences.Read(DocumentReader.Read([documents], context.Cancellation), checkpoint.LoadTokenizer(), model.Config.MaxPositions, section.Tokens, documents);
            (IReadOnlyList<LensLayer> layers, long tokens) = LogitLens.Measure(model, sequences, null, context.Cancellation);
            new LensReport(name, checkpoint.Step, tokens, layers).Save(file);
        }
        context.Progress?.Report(new WorkProgress($"lens {name}", all.Count, all.Count, "checkpoints"));
    }
}
