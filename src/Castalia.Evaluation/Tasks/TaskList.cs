namespace Castalia.Evaluation;

/// <summary>
/// Many tasks in one file: each entry of <c>task_list</c> has keys of its own, which go before what stands beside the list. Families of tasks
/// that differ in a line or two are easier to look through together.
/// </summary>
internal static class TaskList
{
    /// <summary>The key.</summary>
    public const string Key = "task_list";

    /// <summary>The keys of every task of a file: of each in its list, or the file's own if it has no list.</summary>
    /// <exception cref="InputException">The list is none, or an entry has no name.</exception>
    public static IEnumerable<IReadOnlyDictionary<string, YamlEntry>> Tasks(string file, IReadOnlyDictionary<string, YamlEntry> entries)
    {
        if (!entries.TryGetValue(Key, out YamlEntry? list))
            return [entries];
        object?[] tasks = list.Value as object?[]
            ?? throw new InputException(file, $"line {list.Line}, {Key}", "expected a list of tasks.", "List the keys of each task.");
        return tasks.Select(task =>
        {
            if (task is not OrderedDictionary<string, object?> keys || !keys.TryGetValue("task", out object? name) || name is not string)
                throw new InputException(file, $"line {list.Line}, {Key}", "an entry has no 'task'.", "Give each entry its task's name.");
            var own = new OrderedDictionary<string, YamlEntry>(entries, StringComparer.Ordinal);
            own.Remove(Key);
            foreach ((string key, object? value) in keys)
                own[key] = new YamlEntry(value, list.File, list.Line);
            return own;
        });
    }
}
