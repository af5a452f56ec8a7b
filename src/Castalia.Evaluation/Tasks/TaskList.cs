namespace Castalia.Evaluation;

/// <summary>
/// Many tasks in one file: each entry of <c>task_list</c> has keys of its own and goes before what stands beside the list. The harness
/// reads one task a file; families of tasks that differ in a line or two are easier to look through together.
/// </summary>
internal static class TaskList
{
    /// <summary>The keys of each task of a file; the file's own keys where it has no list.</summary>
    /// <exception cref="InputException">An entry is no task with a name.</exception>
    public static IEnumerable<OrderedDictionary<string, YamlEntry>> Of(string file, OrderedDictionary<string, YamlEntry> entries)
    {
        var shared = new OrderedDictionary<string, YamlEntry>(entries, StringComparer.Ordinal);
        if (!shared.Remove("task_list", out YamlEntry? list))
        {
            yield return entries;
            yield break;
        }
        object?[] tasks = list.Value as object?[]
            ?? throw new InputException(file, $"line {list.Line}, task_list", "expected a list of tasks.", "List the keys of each task.");
        foreach (object? task in tasks)
        {
            if (task is not OrderedDictionary<string, object?> keys || !keys.TryGetValue("task", out object? name) || name is not string)
                throw new InputException(file, $"line {list.Line}, task_list", "an entry has no 'task'.", "Give each entry its task's name.");
            var own = new OrderedDictionary<string, YamlEntry>(shared, StringComparer.Ordinal);
            foreach ((string key, object? value) in keys)
                own[key] = new YamlEntry(value, list.File, list.Line);
            yield return own;
        }
    }
}
