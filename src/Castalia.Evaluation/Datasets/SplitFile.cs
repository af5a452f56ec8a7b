namespace Castalia.Evaluation;

/// <summary>One file of a split.</summary>
/// <param name="Path">The file, which may be packed (<c>.gz</c>, <c>.zst</c>).</param>
/// <param name="Format">What is in it.</param>
internal sealed record SplitFile(string Path, DataFormat Format)
{
    /// <summary>JSON: the key under which the list of rows stands, dots between keys; null where the file is the list.</summary>
    public string? Field { get; init; }

    /// <summary>CSV: between values.</summary>
    public char Delimiter { get; init; } = ',';

    /// <summary>Brings a row into the columns that the hub's data set has; null where they are the same.</summary>
    public Func<Row, Row>? Shape { get; init; }

    /// <summary>How many of its rows belong to the split, from the first; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>What its manifest says of the unpacked bytes, in hex.</summary>
    public string? Sha256 { get; init; }
}

/// <summary>Kinds of data files.</summary>
internal enum DataFormat
{
    /// <summary>JSON Lines, or one list of objects.</summary>
    Json,

    /// <summary>Comma-separated values, or tabs.</summary>
    Csv,

    /// <summary>Apache Parquet.</summary>
    Parquet,

    /// <summary>Apache Arrow's IPC, file or stream.</summary>
    Arrow,

    /// <summary>Plain text, a row a line.</summary>
    Text,
}
