using System.Text.RegularExpressions;

namespace Castalia.Evaluation;

/// <summary>
/// Data sets that Hugging Face's <c>datasets</c> has prepared on this machine: <c>ORG___NAME/CONFIG/VERSION/HASH/NAME-SPLIT.arrow</c> below <c>HF_DATASETS_CACHE</c>, or
/// <c>HF_HOME/datasets</c>, or its default below the user's folder.
/// </summary>
internal static partial class HuggingFaceCache
{
    /// <summary>What is prepared; null where nothing is.</summary>
    public static string? Prepared => Folder("HF_DATASETS_CACHE", "datasets");

    /// <summary>What is fetched as it stands on the hub; null where nothing is.</summary>
    public static string? Hub => Folder("HF_HUB_CACHE", "hub");

    private static string? Folder(string variable, string name)
    {
        string folder = Environment.GetEnvironmentVariable(variable) is { Length: > 0 } own ? own
            : Environment.GetEnvironmentVariable("HF_HOME") is { Length: > 0 } home ? Path.Combine(home, name)
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "huggingface", name);
        return Directory.Exists(folder) ? folder : null;
    }

    /// <summary>Finds a data set in a folder of that layout; null if it is not there.</summary>
    public static FileDataset? Find(string folder, DatasetReference reference, bool standIns)
    {
        foreach (string name in HubNames.Of(reference.Path))
        {
            string owned = Path.Combine(folder, name.Replace("/", "___", StringComparison.Ordinal));
            string[] configs = Directory.Exists(owned) ? [.. Directory.EnumerateDirectories(owned).Order(StringComparer.Ordinal)] : [];
            string? config = reference.Name is { } wanted ? Array.Find(configs, one => Path.GetFileName(one) == wanted)
                : configs.Length == 1 ? configs[0] : Array.Find(configs, one => Path.GetFileName(one) == "default");
            if (config is null)
                continue;
            // Each version and hash is a whole preparation; the newest counts.
            string? prepared = Directory.EnumerateDirectories(config).SelectMany(Directory.EnumerateDirectories)
                .Where(hash => Directory.EnumerateFiles(hash, "*.arrow").Any()).OrderByDescending(Directory.GetLastWriteTimeUtc).ThenBy(hash => hash, StringComparer.Ordinal).FirstOrDefault();
            if (prepared is null)
                continue;
            (string, IReadOnlyList<SplitFile>)[] splits =
            [
                .. Directory.EnumerateFiles(prepared, "*.arrow").Order(StringComparer.Ordinal)
                    .Select(file => (File: file, Match: SplitName().Match(Path.GetFileName(file)))).Where(file => file.Match.Success)
                    .GroupBy(file => file.Match.Groups["split"].Value, StringComparer.Ordinal)
                    .Select(split => (split.Key, (IReadOnlyList<SplitFile>)[.. split.Select(file => new SplitFile(file.File, DataFormat.Arrow))])),
            ];
            if (splits.Length > 0)
                return new FileDataset(reference, prepared, splits) { StandIns = standIns };
        }
        return null;
    }

    // cache-0123.arrow holds what a map gave, not the data.
    [GeneratedRegex(@"^(?!cache-).+?-(?<split>[A-Za-z_][\w.]*)(-\d{5}-of-\d{5})?\.arrow$")]
    private static partial Regex SplitName();
}
