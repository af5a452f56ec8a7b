namespace Castalia.Evaluation;

/// <summary>What an index needs to know of a task file: which name it defines, of what kind, under which tags.</summary>
/// <param name="Name">The task's or group's name; null for a file that only others include.</param>
/// <param name="IsGroup">Whether it is a group.</param>
/// <param name="Tags">Its tags; null if it names none itself.</param>
/// <param name="Includes">Files it includes, as written.</param>
internal sealed record TaskFileHeader(string? Name, bool IsGroup, IReadOnlyList<string>? Tags, IReadOnlyList<string> Includes)
{
    private const int MaxBytes = 8 * 1024 * 1024;

    /// <summary>Reads a file's headers, one a task: by its lines where they are plain, as YAML where they are not.</summary>
    /// <exception cref="InputException">It cannot be read, or is no YAML with keys at its top.</exception>
    public static IReadOnlyList<TaskFileHeader> ReadAll(string path)
    {
        string text = InputFile.ReadAllText(path, MaxBytes);
        return new HeaderLines(text).Read() is { } plain ? [plain]
            : [.. TaskList.Of(path, YamlFile.OwnKeys(path)).Select(keys => Of(path, keys))];
    }

    private static TaskFileHeader Of(string path, IReadOnlyDictionary<string, YamlEntry> keys)
    {
        bool isGroup = keys.TryGetValue("group", out YamlEntry? group);
        string? name = (isGroup ? group : keys.GetValueOrDefault("task"))?.Value as string;
        return isGroup && name is null
            ? throw new InputException(path, $"line {group!.Line}, group", "a group needs one name.", "Write its name as text.")
            : new TaskFileHeader(name, isGroup, Texts("tag"), Texts("include") ?? []);

        string[]? Texts(string key) => keys.TryGetValue(key, out YamlEntry? entry)
            ? [.. (entry.Value as object?[] ?? [entry.Value]).OfType<string>()] : null;
    }
}
