namespace Castalia.Evaluation;

/// <summary>A data set that remembers which of the splits read from it were stood in for: such numbers are not the task's own, and results say so.</summary>
internal sealed class WatchedDataset(Dataset dataset) : Dataset
{
    private readonly List<string> _standIns = [];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Splits => dataset.Splits;

    /// <summary>What stood in for what, each once.</summary>
    public IReadOnlyList<string> StandIns => _standIns;

    /// <inheritdoc/>
    public override DatasetRows Read(string split, Func<int, int> wanted)
    {
        DatasetRows rows = dataset.Read(split, wanted);
        if (rows.StandIn is { } standIn && $"'{split}': {standIn}" is var told && !_standIns.Contains(told))
            _standIns.Add(told);
        return rows;
    }
}
