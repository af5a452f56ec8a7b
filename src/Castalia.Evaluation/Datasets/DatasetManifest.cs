using System.Text.Json;

namespace Castalia.Evaluation;

/// <summary>
/// A folder's <c>MANIFEST.json</c>: a list of its data files. Of an entry are read <c>file</c> (below the folder, packing's ending may be left out),
/// <c>hf_dataset</c> (<c>name</c> or <c>name:config</c>, several parted by <c>|</c>), <c>config</c> and <c>split</c> (by default as the file is named),
/// <c>sha256</c> (of the unpacked bytes); the rest is for people.
/// </summary>
internal sealed class DatasetManifest
{
    /// <summary>What the file is called.</summary>
    public const string FileName = "MANIFEST.json";

    private const int MaxBytes = 64 * 1024 * 1024;
    private static readonly string[] Endings = [".gz", ".zst", ".jsonl", ".json", ".csv", ".tsv", ".parquet", ".arrow", ".txt"];
    private static readonly string[] SplitNames = ["train", "validation", "test", "dev"];

    private DatasetManifest(string path, IReadOnlyList<ManifestEntry> entries) => (Path, Entries) = (path, entries);

    /// <summary>The manifest itself.</summary>
    public string Path { get; }

    /// <summary>Files under each name that they go by.</summary>
    public IReadOnlyList<ManifestEntry> Entries { get; }

    /// <summary>Reads a folder's manifest; null if there is none.</summary>
    /// <exception cref="InputException">It is there and wrong.</exception>
    public static DatasetManifest? Read(string folder)
    {
        string path = System.IO.Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;
        var entries = new List<ManifestEntry>();
        try
        {
            using JsonDocument json = JsonDocument.Parse(InputFile.ReadAllBytes(path, MaxBytes));
            int number = 0;
            foreach (JsonElement entry in json.RootElement.EnumerateArray())
                entries.AddRange(Entry(path, folder, ++number, entry));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InputException(path, null, $"this is no list of data files: {error.Message}", "Write a list of objects with file, hf_dataset, config and split.", error);
        }
        return new DatasetManifest(path, entries);
    }

    /// <summary>A file's path without the endings of its format and packing.</summary>
    public static string WithoutEndings(string file)
    {
        for (bool cut = true; cut;)
        {
            cut = false;
            foreach (string ending in Endings)
            {
                if (file.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                    (file, cut) = (file[..^ending.Length], true);
            }
        }
        return file;
    }

    private static IEnumerable<ManifestEntry> Entry(string manifest, string folder, int number, JsonElement entry)
    {
        string file = entry.GetProperty("file").GetString()!;
        if (System.IO.Path.IsPathRooted(file) || file.Split('/', '\\').Contains(".."))
            throw new InputException(manifest, $"entry {number}", $"the file '{file}' is not below the manifest's folder.", "Name it relative to the folder.");
        if (Text(entry, "hf_dataset") is not { } names)
        {
            if (KnownFile.Find(file) is { } known)
                yield return new ManifestEntry(file, folder, known.Name, known.Config, known.Split ?? "test", Text(entry, "sha256"), known);
            yield break;
        }
        (string? config, string? split) = FromFileName(file);
        if (KnownFile.Find(file) is { } special)
        {
            yield return new ManifestEntry(file, folder, special.Name, special.Config, special.Split ?? split ?? "test", Text(entry, "sha256"), special);
            yield break;
        }
        foreach (string one in names.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = one.Split(' ', 2)[0].Split(':', 2);
            (string name, string? own) = (parts[0], parts.Length > 1 ? parts[1] : null);
            // glue/mrpc is the configuration mrpc of glue, not what an organisation named glue keeps.
            if (own is null && !HubNames.Knows(name) && name.Split('/') is [var set, var inner] && HubNames.Knows(set))
                (name, own) = (set, inner);
            yield return new ManifestEntry(file, folder, name, Text(entry, "config") ?? own ?? config, Text(entry, "split") ?? split ?? "train", Text(entry, "sha256"), null);
        }
    }

    /// <summary>What a file's name says: <c>test</c>, <c>test_de</c>, <c>algebra_test</c>, <c>validation-00000-of-00001</c>; other names are a configuration's.</summary>
    private static (string? config, string? split) FromFileName(string file)
    {
        string path = WithoutEndings(file);
        string stem = path[(path.LastIndexOf('/') + 1)..];
        string[] words = stem.Split('_', '-');
        string? split = SplitNames.FirstOrDefault(name => words[0] == name) ?? SplitNames.FirstOrDefault(name => words[^1] == name);
        return split is null ? (stem, null) : (null, split);
    }

    private static string? Text(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>A data file under one of its names.</summary>
/// <param name="File">As the manifest names it.</param>
/// <param name="Folder">The manifest's folder.</param>
/// <param name="Name">The hub's name.</param>
/// <param name="Config">The configuration, or null for a data set with one.</param>
/// <param name="Split">The split.</param>
/// <param name="Sha256">Of the unpacked bytes.</param>
/// <param name="Known">What else is known of the file.</param>
internal sealed record ManifestEntry(string File, string Folder, string Name, string? Config, string Split, string? Sha256, KnownFile? Known)
{
    /// <summary>The file on the disk, whichever way it is packed; null if it is not there.</summary>
    public string? Locate() => new[] { "", ".gz", ".zst" }.Select(ending => Path.Combine(Folder, File + ending)).FirstOrDefault(System.IO.File.Exists);
}
