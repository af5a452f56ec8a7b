namespace Castalia.Evaluation;

/// <summary>A data set that lies in files. A split's files are opened when it is read, and its rows parsed when they are looked at.</summary>
/// <param name="reference">What the task named, for errors.</param>
/// <param name="place">Where it was found, for errors.</param>
/// <param name="splits">Files by split, in order.</param>
internal sealed class FileDataset(DatasetReference reference, string place, IReadOnlyList<(string Split, IReadOnlyList<SplitFile> Files)> splits) : Dataset
{
    private readonly Dictionary<string, (RowFile[] Files, LazyRows Rows)> _read = new(StringComparer.Ordinal);

    /// <summary>Whether a split that is not there may be stood in for by another.</summary>
    public bool StandIns { get; init; }

    /// <summary>Splits that are there only as something else, such as a sample of them; what stands in is named behind them.</summary>
    public IReadOnlyList<(string Split, string Instead, IReadOnlyList<SplitFile> Files)> Substitutes { get; init; } = [];

    public override IReadOnlyList<string> Splits => [.. splits.Select(split => split.Split)];

    public override DatasetRows Read(string split, Func<int, int> wanted)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        (IReadOnlyList<SplitFile> files, string? standIn) = Find(split);
        LazyRows rows = Open(split, files);
        int count = Math.Clamp(wanted(rows.Count), 0, rows.Count);
        return new DatasetRows(rows.First(count), rows.Count, files[0].Path) { StandIn = standIn };
    }

    private (IReadOnlyList<SplitFile>, string? standIn) Find(string name)
    {
        foreach ((string split, IReadOnlyList<SplitFile> files) in splits)
        {
            if (split == name)
                return (files, null);
        }
        (string instead, IReadOnlyList<SplitFile> files)[] others =
        [
            .. Substitutes.Where(other => other.Split == name).Select(other => (other.Instead, other.Files)),
            .. Fallbacks(name).SelectMany(other => splits.Where(split => split.Split == other)).Select(split => ($"the split '{split.Split}'", split.Files)),
            .. Fallbacks(name).SelectMany(other => Substitutes.Where(found => found.Split == other)).Select(found => (found.Instead, found.Files)),
        ];
        if (StandIns && others.Length > 0)
            return (others[0].files, others[0].instead);
        string known = splits.Count == 0 ? "none" : string.Join(", ", Splits.Select(split => $"'{split}'"));
        throw new InputException(reference.TaskFile, $"task '{reference.Task}'", $"the data set '{reference.Path}' in {place} has no split '{name}'; it has {known}.",
            others.Length > 0 ? $"Get the split, or let {others[0].instead} stand in for it with --stand_ins; its numbers are then not the task's."
                : NameSuggestion.Remedy(name, Splits));
    }

    /// <summary>What a split is stood in for by: the one with answers that is least trained on.</summary>
    private static string[] Fallbacks(string split) => split switch
    {
        "test" => ["validation", "train"],
        "validation" => ["test", "train"],
        "train" or "dev" => ["validation", "test"],
        _ => [],
    };

    private LazyRows Open(string split, IReadOnlyList<SplitFile> files)
    {
        lock (_read)
        {
            if (_read.TryGetValue(split, out (RowFile[] Files, LazyRows Rows) known))
                return known.Rows;
            RowFile[] opened = [.. files.Select(RowFile.Open)];
            var rows = new LazyRows(opened);
            _read.Add(split, (opened, rows));
            return rows;
        }
    }
}
