using System.Globalization;

namespace Castalia.Recipes.Report;

/// <summary>What stands under the names of checkpoints, <c>step{N}</c>.</summary>
internal static class CheckpointFolders
{
    private const string Prefix = "step";

    /// <summary>The folders <c>step{N}</c> of a folder, by step.</summary>
    public static IReadOnlyList<(long Step, string Folder)> Of(string folder) => Directory.Exists(folder) ? Steps(Directory.GetDirectories(folder), "") : [];

    /// <summary>The files <c>step{N}{ending}</c> of a folder, by step.</summary>
    public static IReadOnlyList<(long Step, string File)> Files(string folder, string ending) =>
        Directory.Exists(folder) ? Steps(Directory.GetFiles(folder), ending) : [];

    private static List<(long Step, string Path)> Steps(string[] paths, string ending)
    {
        var steps = new List<(long Step, string Path)>();
        foreach (string path in paths)
        {
            string name = Path.GetFileName(path);
            if (name.StartsWith(Prefix, StringComparison.Ordinal)
                && name.EndsWith(ending, StringComparison.Ordinal)
                && name.Length > Prefix.Length + ending.Length
                && long.TryParse(name.AsSpan(Prefix.Length, name.Length - Prefix.Length - ending.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long step))
                steps.Add((step, path));
        }
        steps.Sort((a, b) => a.Step.CompareTo(b.Step));
        return steps;
    }
}
