using System.IO.Enumeration;

namespace Castalia.Evaluation;

/// <summary>The tasks, groups and tags that the YAML files of some folders define, by name.</summary>
public sealed class TaskLibrary
{
    private const int MaxDepth = 16;

    private static readonly HashSet<string> GroupKeys = ["group", "group_alias", "task", "aggregate_metric_list", "metadata", "include", "tag"];
    private static readonly Dictionary<string, YamlEntry> NoKeys = [];

    private readonly Dictionary<string, Definition> _definitions = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<string>> _tags = new(StringComparer.Ordinal);

    private TaskLibrary()
    {
    }

    /// <summary>Names of all tasks, in order of the alphabet.</summary>
    public IReadOnlyList<string> TaskNames => [.. _definitions.Where(pair => !pair.Value.IsGroup).Select(pair => pair.Key).Order(StringComparer.Ordinal)];

    /// <summary>Names of all groups, in order of the alphabet.</summary>
    public IReadOnlyList<string> GroupNames => [.. _definitions.Where(pair => pair.Value.IsGroup).Select(pair => pair.Key).Order(StringComparer.Ordinal)];

    /// <summary>Names of all tags, in order of the alphabet.</summary>
    public IReadOnlyList<string> TagNames => [.. _tags.Keys];

    /// <summary>Reads every <c>*.yaml</c> and <c>*.yml</c> of some folders and the folders below.</summary>
    /// <exception cref="InputException">A folder is missing, a file is no YAML, or two files of a folder define the same name.</exception>
    public static TaskLibrary Open(params IEnumerable<string> folders)
    {
        ArgumentNullException.ThrowIfNull(folders);
        var library = new TaskLibrary();
        foreach (string folder in folders)
        {
            if (!Directory.Exists(folder))
                throw new InputException(folder, null, "there is no such folder of tasks.", "Name a folder with task files in YAML.");
            var names = new HashSet<string>();
            foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                if (file.EndsWith(".yaml", StringComparison.Ordinal) || file.EndsWith(".yml", StringComparison.Ordinal))
                    library.Add(Path.GetFullPath(file), names);
            }
        }
        return library;
    }

    /// <summary>The tasks and groups of these names, in their order. A name may be a task, a group, a tag, or a pattern with * and ?.</summary>
    /// <exception cref="InputException">A name is unknown, a definition is wrong, or two of the names lead to the same task.</exception>
    public IReadOnlyList<TaskNode> Load(params IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        TaskNode[] nodes = [.. names.SelectMany(Matching).Distinct(StringComparer.Ordinal).SelectMany(name => Resolve(name, NoKeys, 0))];
        if (nodes.Length == 0)
            throw new InputException("tasks", null, "no task was named.", "Name at least one task or group.");
        string? twice = nodes.SelectMany(node => node.Tasks).GroupBy(task => task.Task).FirstOrDefault(group => group.Count() > 1)?.Key;
        return twice is null ? nodes
            : throw new InputException("tasks", twice, "the task is asked for more than once.",
                "Take one of the names that lead to it out.");
    }

    private void Add(string file, HashSet<string> names)
    {
        OrderedDictionary<string, YamlEntry> entries = YamlFile.Read(file);
        if (entries.Remove("task_list", out YamlEntry? list))
        {
            foreach (OrderedDictionary<string, YamlEntry> task in Listed(file, list, entries))
                Add(file, task, names);
        }
        else
            Add(file, entries, names);
    }

    /// <summary>
    /// Many tasks in one file: each entry of <c>task_list</c> has keys of its own and goes before what stands beside the list. The harness
    /// reads one task a file; families of tasks that differ in a line or two are easier to look through together.
    /// </summary>
    private static IEnumerable<OrderedDictionary<string, YamlEntry>> Listed(string file, YamlEntry list, OrderedDictionary<string, YamlEntry> shared)
    {
        object?[] tasks = list.Value as object?[]
            ?? throw new InputException(file, $"line {list.Line}, task_list", "expected a list of tasks.", "List the keys of each task.");
        foreach (object? task in tasks)
        {
            if (task is not OrderedDictionary<string, object?> keys || !keys.TryGetValue("task", out object? name) || name is not string)
                throw new InputException(file, $"line {list.Line}, task_list", "an entry has no 'task'.", "Give each entry its task's name.");
            var entries = new OrderedDictionary<string, YamlEntry>(shared, StringComparer.Ordinal);
            foreach ((string key, object? value) in keys)
                entries[key] = new YamlEntry(value, list.File, list.Line);
            yield return entries;
        }
    }

    private void Add(string file, OrderedDictionary<string, YamlEntry> entries, HashSet<string> names)
    {
        bool isGroup = entries.TryGetValue("group", out YamlEntry? group);
        string? name = isGroup ? group!.Value as string : entries.TryGetValue("task", out YamlEntry? task) ? task.Value as string : null;
        if (name is null)
        {
            if (isGroup)
                throw new InputException(file, $"line {group!.Line}, group", "a group needs one name.", "Write its name as text.");
            return; // a file that others include
        }
        if (!names.Add(name))
            throw new InputException(file, null, $"'{name}' is defined by {_definitions[name].File} as well.",
                "Give one of them another name.");
        _definitions[name] = new Definition(file, isGroup, entries);
        if (isGroup || !entries.TryGetValue("tag", out YamlEntry? tags))
            return;
        foreach (string tag in (tags.Value as object?[] ?? [tags.Value]).OfType<string>())
        {
            if (!_tags.TryGetValue(tag, out List<string>? members))
                _tags[tag] = members = [];
            members.Add(name);
        }
    }

    private IEnumerable<string> Matching(string pattern)
    {
        if (!pattern.AsSpan().ContainsAny('*', '?'))
            return [pattern];
        string[] found = [.. _definitions.Keys
            .Where(name => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false)).Order(StringComparer.Ordinal)];
        return found.Length > 0 ? found : throw Unknown(pattern);
    }

    private IReadOnlyList<TaskNode> Resolve(string name, IReadOnlyDictionary<string, YamlEntry> over, int depth)
    {
        if (_definitions.TryGetValue(name, out Definition? definition))
            return [definition.IsGroup ? Group(definition.File, name, definition.Entries, over, depth) : Leaf(definition, name, over)];
        return _tags.TryGetValue(name, out List<string>? members)
            ? [.. members.Order(StringComparer.Ordinal).SelectMany(member => Resolve(member, over, depth))] : throw Unknown(name);
    }

    private static TaskLeaf Leaf(Definition definition, string name, IReadOnlyDictionary<string, YamlEntry> over) =>
        new(TaskConfigReader.Read(definition.File, name, Laid(definition.Entries, over)));

    /// <summary>A group: its own keys, and its tasks with what the group and the groups above it lay over them.</summary>
    private TaskGroup Group(
        string file, string name, IReadOnlyDictionary<string, YamlEntry> entries, IReadOnlyDictionary<string, YamlEntry> above, int depth)
    {
        var section = new YamlSection(file, $"group '{name}'", entries);
        if (depth > MaxDepth)
            throw section.Error("group", $"groups are nested more than {MaxDepth} deep.", "A group must not hold itself.");
        var config = new GroupConfig(name, section.Text("group_alias") ?? name, file, Metrics(section),
            section.Mapping("metadata") is { } metadata && metadata.TryGetValue("version", out object? version) ? version : null);
        // What is no affair of the group's is the tasks'; what stands above goes before.
        var over = Laid(entries.Where(entry => !GroupKeys.Contains(entry.Key)), above);
        var members = new List<TaskNode>();
        foreach (object? member in section.List("task") ?? throw section.Error("task", "a group needs its tasks.", "List their names."))
        {
            if (member is string memberName)
                members.AddRange(Matching(memberName).SelectMany(found => Resolve(found, over, depth + 1)));
            else if (member is OrderedDictionary<string, object?> inline)
                members.AddRange(Inline(section, name, inline, over, depth + 1));
            else
                throw section.Error("task", "expected a name or the keys of a task.", "List names of tasks.");
        }
        return new TaskGroup(config, members);
    }

    /// <summary>
    /// A member written out in the group: something known with some keys changed, a new task or a new group; what is new is named
    /// <c>group::name</c>.
    /// </summary>
    private IEnumerable<TaskNode> Inline(
        YamlSection section, string owner, OrderedDictionary<string, object?> keys, IReadOnlyDictionary<string, YamlEntry> over, int depth)
    {
        string file = section.FileOf("task");
        var own = keys.ToDictionary(pair => pair.Key, pair => new YamlEntry(pair.Value, file, 0), StringComparer.Ordinal);
        if (keys.TryGetValue("group", out object? group) && group is string groupName)
        {
            return _definitions.TryGetValue(groupName, out Definition? known) && known.IsGroup
                ? [Group(known.File, groupName, known.Entries, Laid(over, own.Where(entry => !GroupKeys.Contains(entry.Key))), depth)]
                : [Group(file, $"{owner}::{groupName}", own, over, depth)];
        }
        if (!keys.TryGetValue("task", out object? task) || task is not string name)
            throw section.Error("task", "a member needs a 'task' or a 'group'.", "Name it.");
        own.Remove("task");
        if (_definitions.ContainsKey(name) || _tags.ContainsKey(name))
            return Resolve(name, Laid(over, own), depth);
        return [new TaskLeaf(TaskConfigReader.Read(file, $"{owner}::{name}",
            Laid([new("task_alias", new YamlEntry(name, file, 0))], Laid(over, own))))];
    }

    private static Dictionary<string, YamlEntry> Laid(
        IEnumerable<KeyValuePair<string, YamlEntry>> under, IEnumerable<KeyValuePair<string, YamlEntry>> over)
    {
        var laid = new Dictionary<string, YamlEntry>(under, StringComparer.Ordinal);
        foreach ((string key, YamlEntry value) in over)
            laid[key] = value;
        return laid;
    }

    private static GroupMetric[] Metrics(YamlSection section)
    {
        if (section.List("aggregate_metric_list") is not { } list)
            return [];
        return [.. list.Select(item =>
        {
            YamlSection inner = section.Nested("aggregate_metric_list", item);
            string name = inner.Text("metric") ?? throw section.Error("aggregate_metric_list", "an entry has no 'metric'.",
                "Name the metric.");
            if (inner.Text("aggregation") is { } aggregation and not "mean")
                throw section.Error("aggregate_metric_list", $"groups are brought together by mean, not by '{aggregation}'.",
                    "Write 'aggregation: mean'.");
            var metric = new GroupMetric(name, inner.Truth("weight_by_size") ?? true, inner.Has("filter_list") ? inner.Texts("filter_list") : null);
            inner.RefuseUnknown();
            return metric;
        })];
    }

    private InputException Unknown(string name) => new("tasks", name, "no task, group or tag has this name.",
        NameSuggestion.Remedy(name, _definitions.Keys.Concat(_tags.Keys)));

    private sealed record Definition(string File, bool IsGroup, OrderedDictionary<string, YamlEntry> Entries);
}
