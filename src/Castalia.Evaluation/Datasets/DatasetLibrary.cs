using System.Collections.Concurrent;

namespace Castalia.Evaluation;

/// <summary>Where data sets are looked for: folders, and the caches of other programs on this machine. Nothing is fetched.</summary>
public sealed record DatasetLibrary
{
    private readonly ConcurrentDictionary<string, ManifestDatasets?> _manifests = new(StringComparer.Ordinal);

    /// <summary>Folders to look in first: one with a <c>MANIFEST.json</c>, or with clones of data sets by name.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>Whether a split that a folder lacks may be stood in for by another that it has. Numbers are then not the task's.</summary>
    public bool StandIns { get; init; }

    /// <summary>Finds a data set.</summary>
    /// <param name="reference">What the task names.</param>
    /// <exception cref="InputException">It is nowhere: names the task, where was looked, and what to do.</exception>
    public Dataset Open(DatasetReference reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        if (DataFormats.OfLoader(reference.Path) is { } format)
            return new DataFiles(this, reference, format).Open();
        InputException? unfit = null;
        foreach (string folder in Folders)
        {
            try
            {
                if (Manifest(folder)?.Find(reference, StandIns) is { } found)
                    return found;
            }
            catch (InputException error) when (error.File == reference.TaskFile)
            {
                unfit ??= error; // another folder may have the configuration that this one lacks
            }
        }
        string[] prepared = [.. Folders.Append(HuggingFaceCache.Prepared).OfType<string>()];
        foreach (string folder in prepared)
        {
            if (HuggingFaceCache.Find(folder, reference, StandIns) is { } ready)
                return ready;
        }
        // Where there is a manifest it says what the files are: one in a folder named like a data set may be a part of it or something else.
        foreach (string folder in Folders.Where(folder => Manifest(folder) is null).Append(HuggingFaceCache.Hub).OfType<string>())
        {
            if (ClonedDataset.Find(folder, reference, StandIns) is { } cloned)
                return cloned;
        }
        if (unfit is not null)
            throw unfit;
        string[] places = [.. prepared, .. HuggingFaceCache.Hub is { } hub ? [hub] : Array.Empty<string>()];
        string looked = places.Length == 0 ? "no folder was named" : $"looked in {string.Join(", ", places)}";
        throw new InputException(reference.TaskFile, $"task '{reference.Task}', dataset_path", $"the data set '{reference.Path}' was not found: {looked}.",
            "Name the folder that holds it with --datasets.");
    }

    /// <summary>The data sets that a folder's manifest lists; null if it has none.</summary>
    internal ManifestDatasets? Manifest(string folder) => _manifests.GetOrAdd(Path.GetFullPath(folder), full =>
    {
        if (!Directory.Exists(full))
            throw new InputException(full, null, "there is no such folder.", "Name a folder with data sets with --datasets.");
        return DatasetManifest.Read(full) is { } manifest ? new ManifestDatasets(manifest) : null;
    });
}
