using Castalia.Recipes.Stages;

namespace Castalia.Recipes.Report;

/// <summary>The manifests of a run folder.</summary>
internal static class StageManifests
{
    // As an experiment goes through them.
    private static readonly string[] Order = ["data", "tokenizer", "tokenize", "train", "eval", "lens", "generate"];

    // Nothing else in a run folder speaks for what is on the page: not the report's own manifest, which is written after it, nor what
    // was set aside when a stage was done again.
    private static readonly string[] Kept = ["data", "tokenizer", "tokens", "models", "evaluation", "lens", "generations"];

    /// <summary>The manifests of the stages' folders and of the models' folders in them, in the order of the experiment.</summary>
    /// <exception cref="InputException">One of them is not a manifest.</exception>
    public static IReadOnlyList<StageManifest> ReadAll(string run)
    {
        string[] stages = [.. Kept.Select(name => Path.Combine(run, name))];
        return
        [
            .. stages.Concat(stages.SelectMany(Folders))
                .Select(Read)
                .OfType<StageManifest>()
                .OrderBy(stage => Array.IndexOf(Order, stage.Stage) is var place && place < 0 ? int.MaxValue : place)
                .ThenBy(stage => stage.Started, StringComparer.Ordinal)
                .ThenBy(stage => stage.Name, StringComparer.Ordinal),
        ];
    }

    private static StageManifest? Read(string folder)
    {
        StageManifest? stage = StageManifest.Read(folder);
        if (stage is null)
            return null;
        bool whole = stage is { Stage: not null, Name: not null, Command: not null, Started: not null, Settings: not null }
            && stage is { Inputs: not null, Outputs: not null, Versions: not null }
            && stage.Inputs.Concat(stage.Outputs).All(file => file.Value is { Sha256: not null })
            && stage.Versions.All(version => version.Value is not null);
        return whole
            ? stage
            : throw new InputException(Path.Combine(folder, StageManifest.FileName), null,
                "expected a stage's manifest, found null in place of one of its parts.", "Delete the file to have the stage run again.");
    }

    private static string[] Folders(string folder) =>
        Directory.Exists(folder) ? [.. Directory.GetDirectories(folder).Order(StringComparer.Ordinal)] : [];
}
