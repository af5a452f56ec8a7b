namespace Castalia.Evaluation;

/// <summary>A data set that was found: its splits, and their rows in order.</summary>
public abstract class Dataset
{
    /// <summary>Names of the splits.</summary>
    public abstract IReadOnlyList<string> Splits { get; }

    /// <summary>Reads the first rows of a split and counts them all.</summary>
    /// <param name="split">The split's name.</param>
    /// <param name="wanted">How many rows to give, of how many there are.</param>
    /// <exception cref="InputException">There is no such split, or a file is wrong. A broken row throws it when it is looked at: names file and line.</exception>
    public abstract DatasetRows Read(string split, Func<int, int> wanted);

    /// <summary>Reads a whole split.</summary>
    /// <param name="split">The split's name.</param>
    public IReadOnlyList<Row> Read(string split) => Read(split, total => total).Rows;
}

/// <summary>Rows of a split.</summary>
/// <param name="Rows">The rows that were wanted; each is parsed when it is first looked at.</param>
/// <param name="Total">How many the split has.</param>
/// <param name="Source">The file they are from, for errors.</param>
public sealed record DatasetRows(IReadOnlyList<Row> Rows, int Total, string Source)
{
    /// <summary>What stands in for the split, if it is not itself there: <c>the split 'validation'</c>, <c>a sample of 1,000 rows</c>.</summary>
    public string? StandIn { get; init; }
}
