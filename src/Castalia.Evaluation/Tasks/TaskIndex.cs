using System.Collections.Concurrent;

namespace Castalia.Evaluation;

/// <summary>A name that a task file defines.</summary>
/// <param name="Name">The task's or group's name.</param>
/// <param name="File">The file.</param>
/// <param name="IsGroup">Whether it is a group.</param>
/// <param name="Tags">Names under which it can be asked for together with others.</param>
internal sealed record IndexedTask(string Name, string File, bool IsGroup, IReadOnlyList<string> Tags);

/// <summary>
/// The names that the task files of some folders define. Only the lines that say so are looked at, on all processors: what a file says
/// beside is read when it is asked for.
/// </summary>
internal sealed class TaskIndex
{
    private const int MaxIncludes = 16;

    private readonly Dictionary<string, IndexedTask> _tasks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskFileHeader?> _included = new(StringComparer.Ordinal);

    private TaskIndex()
    {
    }

    /// <summary>Tasks and groups by name.</summary>
    public IReadOnlyDictionary<string, IndexedTask> Tasks => _tasks;

    /// <summary>Files that are no task files, with what is wrong.</summary>
    public List<InputException> Bad { get; } = [];

    /// <summary>What is worth knowing: names that are defined twice, files that cannot be read.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>Indexes every <c>*.yaml</c> and <c>*.yml</c> of some folders and the folders below; a later folder's names go before an earlier one's.</summary>
    /// <exception cref="InputException">A folder is missing.</exception>
    public static TaskIndex Of(IEnumerable<string> folders)
    {
        var index = new TaskIndex();
        foreach (string folder in folders)
            index.Add(folder);
        return index;
    }

    private void Add(string folder)
    {
        if (!Directory.Exists(folder))
            throw new InputException(folder, null, "there is no such folder of tasks.", "Name a folder with task files in YAML.");
        string[] files = [.. Directory.EnumerateFiles(Path.GetFullPath(folder), "*", SearchOption.AllDirectories)
            .Where(file => file.EndsWith(".yaml", StringComparison.Ordinal) || file.EndsWith(".yml", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        var found = new IndexedTask[]?[files.Length];
        var errors = new InputException?[files.Length];
        SideBySide.For(files.Length, i =>
        {
            try
            {
                found[i] = Read(files[i]);
            }
            catch (InputException error)
            {
                errors[i] = error;
            }
        });
        var own = new Dictionary<string, IndexedTask>(StringComparer.Ordinal);
        for (int i = 0; i < files.Length; i++)
        {
            if (errors[i] is { } error)
            {
                Bad.Add(error);
                Warnings.Add($"{files[i]} is left out: {error.Problem}");
            }
            foreach (IndexedTask task in found[i] ?? [])
            {
                if (!own.TryAdd(task.Name, task))
                    Warnings.Add($"'{task.Name}' is defined by {own[task.Name].File} already; {task.File} is left out.");
            }
        }
        foreach (IndexedTask task in own.Values)
        {
            if (_tasks.TryGetValue(task.Name, out IndexedTask? earlier))
                Warnings.Add($"'{task.Name}' is taken from {task.File}, before {earlier.File}.");
            _tasks[task.Name] = task;
        }
    }

    private IndexedTask[] Read(string file) => [.. TaskFileHeader.ReadAll(file).Select(header => Whole(file, header, 0))
        .Where(header => header.Name is not null).Select(header => new IndexedTask(header.Name!, file, header.IsGroup, header.Tags ?? []))];

    /// <summary>A header with what the included files say; a file's own word goes before, a later include's before an earlier one's.</summary>
    private TaskFileHeader Whole(string file, TaskFileHeader header, int depth)
    {
        if (header.Includes.Count == 0 || depth > MaxIncludes || (header.Name is not null && header.Tags is not null))
            return header;
        foreach (string name in header.Includes.Reverse())
        {
            string path = Path.GetFullPath(name, Path.GetDirectoryName(file)!);
            if (_included.GetOrAdd(path, Included) is not { } below)
                continue; // told when the task is asked for
            below = Whole(path, below, depth + 1);
            bool isGroup = header.IsGroup || (header.Name is null && below.IsGroup);
            header = header with { Name = header.Name ?? below.Name, IsGroup = isGroup, Tags = header.Tags ?? below.Tags };
        }
        return header;
    }

    private static TaskFileHeader? Included(string path)
    {
        try
        {
            return File.Exists(path) && TaskFileHeader.ReadAll(path) is [var only] ? only : null;
        }
        catch (InputException)
        {
            return null;
        }
    }
}
