namespace Castalia.Evaluation;

/// <summary>Data sets of a folder with a manifest, by the hub's names.</summary>
internal sealed class ManifestDatasets(DatasetManifest manifest)
{
    /// <summary>Finds a data set; null if the manifest does not have it.</summary>
    /// <exception cref="InputException">It has the data set, and not as it is asked for.</exception>
    public FileDataset? Find(DatasetReference reference, bool standIns)
    {
        string wanted = HubNames.Canonical(reference.Path);
        ManifestEntry[] named = [.. manifest.Entries.Where(entry => string.Equals(HubNames.Canonical(entry.Name), wanted, StringComparison.OrdinalIgnoreCase))];
        if (named.Length == 0)
            return null;
        if (Array.Find(named, entry => entry.Known?.Unfit is not null) is { } unfit && named.All(entry => entry.Known?.Unfit is not null))
            throw new InputException(reference.TaskFile, $"task '{reference.Task}'",
                $"the data set '{reference.Path}' cannot be taken from {unfit.File}: {unfit.Known!.Unfit}.", "Put a clone of the hub's data set into a folder of --datasets.");
        ManifestEntry[] entries = Configured(reference, named);
        var splits = new List<(string, IReadOnlyList<SplitFile>)>();
        var substitutes = new List<(string, string, IReadOnlyList<SplitFile>)>();
        foreach (var group in entries.Where(entry => entry.Known?.Unfit is null).GroupBy(entry => entry.Split, StringComparer.Ordinal))
        {
            SplitFile[] files = [.. group.DistinctBy(entry => entry.File).Select(File)];
            if (group.First().Known?.Instead is { } instead)
                substitutes.Add((group.Key, instead, files));
            else
                splits.Add((group.Key, files));
        }
        return new FileDataset(reference, manifest.Path, splits) { StandIns = standIns, Substitutes = substitutes };
    }

    /// <summary>Finds one file of a data set, as <c>hf://datasets/org/name/data/file.jsonl</c> names it; null if the manifest does not have it.</summary>
    /// <param name="name">The data set.</param>
    /// <param name="path">The file in it.</param>
    public SplitFile? FindFile(string name, string path)
    {
        string stem = DatasetManifest.WithoutEndings(path.Split('/')[^1]);
        ManifestEntry? entry = manifest.Entries.FirstOrDefault(entry =>
            string.Equals(HubNames.Canonical(entry.Name), HubNames.Canonical(name), StringComparison.OrdinalIgnoreCase)
            && DatasetManifest.WithoutEndings(entry.File.Split('/')[^1]) == stem);
        // The file itself is asked for: its rows are as they stand in it.
        return entry is null ? null : File(entry) with { Shape = null };
    }

    private ManifestEntry[] Configured(DatasetReference reference, ManifestEntry[] named)
    {
        string[] configs = [.. named.Select(entry => entry.Config).OfType<string>().Distinct(StringComparer.Ordinal)];
        if (configs.Length == 0)
            return named;
        if (reference.Name is not { } config)
        {
            return configs.Length == 1 ? named : throw new InputException(reference.TaskFile, $"task '{reference.Task}', dataset_name",
                $"the data set '{reference.Path}' has several configurations and none is named.", $"Name one: {string.Join(", ", configs)}.");
        }
        ManifestEntry[] own = [.. named.Where(entry => entry.Config == config || entry.Config is null)];
        return own.Length > 0 ? own : throw new InputException(reference.TaskFile, $"task '{reference.Task}', dataset_name",
            $"the data set '{reference.Path}' in {manifest.Path} has no configuration '{config}'.", NameSuggestion.Remedy(config, configs));
    }

    private SplitFile File(ManifestEntry entry) => entry.Locate() is { } path
        ? new SplitFile(path, DataFormats.OfName(path) ?? DataFormat.Json) { Shape = entry.Known?.Shape, Limit = entry.Known?.Limit, Sha256 = entry.Sha256 }
        : throw new InputException(manifest.Path, entry.File, "the file is listed and not there.", "Fetch it, or take it out of the list.");
}
