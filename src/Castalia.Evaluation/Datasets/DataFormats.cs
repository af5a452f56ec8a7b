namespace Castalia.Evaluation;

/// <summary>Formats by what tasks and files call them.</summary>
internal static class DataFormats
{
    /// <summary>The format of a loader that <c>dataset_path</c> may name, or null.</summary>
    public static DataFormat? OfLoader(string name) => name switch
    {
        "json" => DataFormat.Json,
        "csv" => DataFormat.Csv,
        "parquet" => DataFormat.Parquet,
        "arrow" => DataFormat.Arrow,
        "text" => DataFormat.Text,
        _ => null,
    };

    /// <summary>The format that a file's name promises, its packing aside, or null.</summary>
    public static DataFormat? OfName(string path)
    {
        foreach (string packing in (string[])[".gz", ".zst", ".zstd"])
        {
            if (path.EndsWith(packing, StringComparison.OrdinalIgnoreCase))
                path = path[..^packing.Length];
        }
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".jsonl" or ".json" or ".ndjson" => DataFormat.Json,
            ".csv" or ".tsv" => DataFormat.Csv,
            ".parquet" => DataFormat.Parquet,
            ".arrow" => DataFormat.Arrow,
            ".txt" => DataFormat.Text,
            _ => null,
        };
    }
}
