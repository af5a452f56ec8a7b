using System.Text.Json.Nodes;
using Castalia.Formats;

namespace Castalia.Recipes.Stages;

/// <summary>What a stage would do, as one hash, with the input files behind it.</summary>
/// <param name="Hash">Over kind, settings and the content of every input.</param>
/// <param name="Inputs">Full path and record of every input file.</param>
internal sealed record StageFingerprint(string Hash, IReadOnlyList<(string Path, FileRecord Record)> Inputs)
{
    /// <summary>Computes the fingerprint; null while an input is not there yet.</summary>
    public static StageFingerprint? Of(Stage stage, FileHashes hashes)
    {
        var inputs = new List<(string, FileRecord)>();
        var content = new JsonArray();
        foreach (string input in stage.Inputs)
        {
            bool any = false;
            foreach (string file in FileHashes.Expand(input))
            {
                if (hashes.Of(file) is not { } record)
                    return null;
                any = true;
                inputs.Add((file, record));
                // The name inside the input counts, where the input lies does not: a moved run is still the same run.
                content.Add(new JsonArray(Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(input))!, Path.GetFullPath(file)), record.Sha256));
            }
            if (!any)
                return null;
        }
        var identity = new JsonObject { ["stage"] = stage.Kind, ["settings"] = stage.Settings.DeepClone(), ["inputs"] = content };
        return new StageFingerprint(ContentHash.OfText(identity.ToJsonString()), inputs);
    }
}
