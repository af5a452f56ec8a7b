namespace Castalia.Evaluation;

/// <summary>Data that a task names by file: <c>dataset_path: json</c> and its like, with <c>dataset_kwargs: data_files</c>.</summary>
internal sealed class DataFiles(DatasetLibrary library, DatasetReference reference, DataFormat format)
{
    private const string Hub = "hf://datasets/";

    /// <summary>The data set, whose splits are as <c>data_files</c> says; files without a split are <c>train</c>.</summary>
    /// <exception cref="InputException">No files are named, or one is nowhere.</exception>
    public Dataset Open()
    {
        if (!reference.Arguments.TryGetValue("data_files", out object? named) || named is null)
            throw Wrong($"the data are '{reference.Path}' and no files are named.", "Name them under dataset_kwargs: data_files.");
        IEnumerable<(string, IReadOnlyList<SplitFile>)> splits = named is Row map
            ? map.Select(pair => (pair.Key, Files(pair.Value)))
            : [("train", Files(named))];
        return new FileDataset(reference, "data_files", [.. splits]) { StandIns = library.StandIns };
    }

    private IReadOnlyList<SplitFile> Files(object? named) => named switch
    {
        string name => [.. Resolve(name)],
        IReadOnlyList<object?> names => [.. names.SelectMany(name => Resolve(name as string ?? throw Wrong("a name of a file is no text.", "Write names as text.")))],
        _ => throw Wrong("expected a name, a list of names, or names by split.", "See docs/datasets.md."),
    };

    private IEnumerable<SplitFile> Resolve(string name)
    {
        string? field = reference.Arguments.TryGetValue("field", out object? key) ? key as string : null;
        if (name.StartsWith(Hub, StringComparison.Ordinal))
            return [OnHub(name[Hub.Length..]) with { Field = field }];
        char delimiter = (reference.Arguments.GetValueOrDefault("delimiter") ?? reference.Arguments.GetValueOrDefault("sep")) is string { Length: 1 } own ? own[0]
            : name.Contains(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : ',';
        // Tasks keep their data beside them; the reference harness looks from the folder that it is started in.
        string[] places = [.. ((string[])[Path.GetDirectoryName(Path.GetFullPath(reference.TaskFile))!, Environment.CurrentDirectory, .. library.Folders])
            .Select(folder => Path.GetFullPath(name, Path.GetFullPath(folder)))];
        string? found = Array.Find(places, File.Exists);
        return found is not null ? [new SplitFile(found, format) { Field = field, Delimiter = delimiter }]
            : throw Wrong($"there is no file '{name}'; looked for {string.Join(", ", places.Distinct())}.", "Put it beside the task, or name it from the folder that you work in.");
    }

    private SplitFile OnHub(string path)
    {
        string[] parts = path.Split('/');
        if (parts.Length < 3)
            throw Wrong($"'{Hub}{path}' names no file.", "Write hf://datasets/ORG/NAME/FILE.");
        string name = $"{parts[0]}/{parts[1].Split('@')[0]}";
        string inner = string.Join('/', parts[2..]);
        foreach (string folder in library.Folders)
        {
            if (library.Manifest(folder)?.FindFile(name, inner) is { } file)
                return file;
        }
        throw Wrong($"the file '{inner}' of the data set '{name}' was not found.", "Nothing is fetched: name the folder that holds the data set with --datasets.");
    }

    private InputException Wrong(string problem, string remedy) => new(reference.TaskFile, $"task '{reference.Task}', data_files", problem, remedy);
}
