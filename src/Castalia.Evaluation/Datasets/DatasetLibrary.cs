namespace Castalia.Evaluation;

/// <summary>Where data sets are looked for: folders, and the caches of other programs on this machine. Nothing is fetched.</summary>
public sealed record DatasetLibrary
{
    /// <summary>Folders to look in first: one with a <c>MANIFEST.json</c>, or with clones of data sets by name.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>Whether a split that a folder lacks may be stood in for by the one that its manifest names.</summary>
    public bool StandIns { get; init; }

    /// <summary>Finds a data set.</summary>
    /// <param name="reference">What the task names.</param>
    /// <exception cref="InputException">It is nowhere: names the task, where was looked, and what to do.</exception>
    public Dataset Open(DatasetReference reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        if (reference.Path == "json" && reference.Arguments.TryGetValue("data_files", out object? files))
            return new JsonFiles(reference, files);
        throw new InputException(reference.TaskFile, $"task '{reference.Task}', dataset_path", $"the data set '{reference.Path}' was not found.",
            "Name the folder that holds it with --datasets.");
    }

    private sealed class JsonFiles(DatasetReference reference, object? files) : Dataset
    {
        private readonly IReadOnlyDictionary<string, object?> _splits = files as Row ?? new Dictionary<string, object?> { ["train"] = files };

        public override IReadOnlyList<string> Splits => [.. _splits.Keys];

        public override DatasetRows Read(string split, Func<int, int> wanted)
        {
            if (!_splits.TryGetValue(split, out object? named))
                throw new InputException(reference.TaskFile, $"task '{reference.Task}', data_files", $"no data file is given for the split '{split}'.",
                    NameSuggestion.Remedy(split, _splits.Keys));
            string folder = Path.GetDirectoryName(reference.TaskFile)!;
            string[] paths = [.. (named as object?[] ?? [named]).Select(name => Path.GetFullPath((string)name!, folder))];
            (IReadOnlyList<Row> rows, int total) = DatasetSplit.Read(paths, wanted);
            return new DatasetRows(rows, total, paths[0]);
        }
    }
}
