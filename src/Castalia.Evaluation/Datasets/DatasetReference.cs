namespace Castalia.Evaluation;

/// <summary>Which data a task reads, as its YAML names it.</summary>
/// <param name="Path">A name on the hub (<c>allenai/ai2_arc</c>), a folder, or a kind of file: json, csv, parquet, arrow, text.</param>
/// <param name="Name">The configuration: <c>dataset_name</c>.</param>
/// <param name="Arguments">What else is given: <c>dataset_kwargs</c>, data_files among it.</param>
/// <param name="TaskFile">The YAML file, which names of files are relative to.</param>
/// <param name="Task">The task's name, for errors.</param>
public sealed record DatasetReference(string Path, string? Name, Row Arguments, string TaskFile, string Task);
