namespace Castalia.Evaluation;

/// <summary>The tasks, groups and tags that the YAML files of some folders define, by name.</summary>
public sealed class TaskLibrary
{
    private const int MaxDepth = 16;

    private static readonly HashSet<string> GroupKeys = ["group", "group_alias", "task", "aggregate_metric_list", "metadata", "include", "tag"];
    private static readonly Dictionary<string, YamlEntry> NoKeys = [];

    private readonly TaskIndex _index;
    private readonly SortedDictionary<string, List<string>> _tags = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Definition> _read = new(StringComparer.Ordinal);

    private TaskLibrary(TaskIndex index)
    {
        _index = index;
        foreach (IndexedTask task in index.Tasks.Values.Where(task => !task.IsGroup))
        {
            foreach (string tag in task.Tags)
            {
                if (!_tags.TryGetValue(tag, out List<string>? members))
                    _tags[tag] = members = [];
                members.Add(task.Name);
            }
        }
    }

    /// <summary>Names of all tasks, in order of the alphabet.</summary>
    public IReadOnlyList<string> TaskNames => [.. _index.Tasks.Values.Where(task => !task.IsGroup).Select(task => task.Name).Order(StringComparer.Ordinal)];

    /// <summary>Names of all groups, in order of the alphabet.</summary>
    public IReadOnlyList<string> GroupNames => [.. _index.Tasks.Values.Where(task => task.IsGroup).Select(task => task.Name).Order(StringComparer.Ordinal)];

    /// <summary>Names of all tags, in order of the alphabet.</summary>
    public IReadOnlyList<string> TagNames => [.. _tags.Keys];

    /// <summary>What is worth knowing of the folders: names that are defined twice, files that are no task files and were left out.</summary>
    public IReadOnlyList<string> Warnings => _index.Warnings;

    /// <summary>
    /// Finds the names that every <c>*.yaml</c> and <c>*.yml</c> of some folders and the folders below defines; a later folder goes before an
    /// earlier one. The files are read when they are asked for.
    /// </summary>
    /// <exception cref="InputException">A folder is missing.</exception>
    public static TaskLibrary Open(params IEnumerable<string> folders)
    {
        ArgumentNullException.ThrowIfNull(folders);
        return new TaskLibrary(TaskIndex.Of(folders));
    }

    /// <summary>The file that defines a task or group; null for a name that none defines.</summary>
    public string? FileOf(string name) => _index.Tasks.TryGetValue(name, out IndexedTask? task) ? task.File : null;

    /// <summary>
    /// The tasks and groups of these names, in their order. A name may be a task, a group, a tag, a task file, a folder of task files, or a
    /// pattern with *, ? and [...] as in a shell.
    /// </summary>
    /// <exception cref="InputException">A name is unknown, a definition is wrong, or two of the names lead to the same task.</exception>
    public IReadOnlyList<TaskNode> Load(params IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var nodes = new List<(TaskNode Node, bool Matched)>();
        var asked = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            bool pattern = NamePattern.Is(name) && !_index.Tasks.ContainsKey(name);
            foreach (string found in Matching(name))
            {
                if (asked.Add(found))
                    nodes.AddRange((IsPath(found) ? FromPath(found) : Resolve(found, NoKeys, 0)).Select(node => (node, pattern)));
            }
        }
        if (nodes.Count == 0)
            throw new InputException("tasks", null, "no task was named.", "Name at least one task or group.");
        // A pattern that matches a group and its tasks, or a tag and its own, means each of them once.
        var held = new HashSet<string>(nodes.Where(node => node.Node is TaskGroup).SelectMany(node => node.Node.Tasks).Select(task => task.Task), StringComparer.Ordinal);
        var once = new HashSet<string>(StringComparer.Ordinal);
        TaskNode[] kept = [.. nodes.Where(node => !node.Matched || node.Node is not TaskLeaf leaf || (!held.Contains(leaf.Name) && once.Add(leaf.Name))).Select(node => node.Node)];
        string? twice = kept.SelectMany(node => node.Tasks).GroupBy(task => task.Task).FirstOrDefault(group => group.Count() > 1)?.Key;
        return twice is null ? kept
            : throw new InputException("tasks", twice, "the task is asked for more than once.",
                "Take one of the names that lead to it out.");
    }

    private static bool IsPath(string name) => (name.EndsWith(".yaml", StringComparison.Ordinal) || name.EndsWith(".yml", StringComparison.Ordinal))
        && File.Exists(name) || (name.AsSpan().ContainsAny('/', '\\') && Directory.Exists(name));

    /// <summary>What a file that is named by its path defines, or all tasks of a folder; files beside the folders given count as well.</summary>
    private IEnumerable<TaskNode> FromPath(string path)
    {
        if (Directory.Exists(path))
        {
            var inside = new TaskLibrary(TaskIndex.Of([path]));
            string[] tasks = [.. inside.TaskNames];
            return tasks.Length > 0 ? [.. tasks.Select(name => inside.Resolve(name, NoKeys, 0)[0])]
                : throw new InputException(path, null, "the folder defines no task.", "Name a folder with task files in YAML.");
        }
        string full = Path.GetFullPath(path);
        return [.. TaskList.Of(full, YamlFile.Read(full)).Select(TaskNode (entries) => entries.GetValueOrDefault("group")?.Value is string group ? Group(full, group, entries, NoKeys, 0)
            : entries.GetValueOrDefault("task")?.Value is string task ? Leaf(new Definition(full, false, entries), task, NoKeys)
            : throw new InputException(full, "task", "the file names neither a task nor a group.", "Give it a 'task' with a name."))];
    }

    /// <summary>The names of tasks, groups and tags that fit a pattern with *, ? and [...]; a name that is no pattern is given back.</summary>
    /// <exception cref="InputException">None fits.</exception>
    public IReadOnlyList<string> Matching(string pattern)
    {
        if (!NamePattern.Is(pattern) || Known(pattern))
            return [pattern];
        var matcher = new NamePattern(pattern);
        string[] found = [.. _index.Tasks.Keys.Concat(_tags.Keys).Distinct(StringComparer.Ordinal).Where(matcher.Matches).Order(StringComparer.Ordinal)];
        return found.Length > 0 ? found : throw Unknown(pattern);
    }

    private bool Known(string name) => _index.Tasks.ContainsKey(name) || _tags.ContainsKey(name) || IsPath(name);

    private Definition? Find(string name)
    {
        if (!_index.Tasks.TryGetValue(name, out IndexedTask? task))
            return null;
        if (!_read.TryGetValue(name, out Definition? definition))
        {
            OrderedDictionary<string, YamlEntry>[] all = [.. TaskList.Of(task.File, YamlFile.Read(task.File))];
            foreach (OrderedDictionary<string, YamlEntry> entries in all)
            {
                if (all.Length == 1 || entries.GetValueOrDefault("task")?.Value as string == name)
                    _read[name] = definition = new Definition(task.File, task.IsGroup, entries);
            }
        }
        return definition;
    }

    private IReadOnlyList<TaskNode> Resolve(string name, IReadOnlyDictionary<string, YamlEntry> over, int depth)
    {
        if (Find(name) is { } definition)
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
            return Find(groupName) is { IsGroup: true } known
                ? [Group(known.File, groupName, known.Entries, Laid(over, own.Where(entry => !GroupKeys.Contains(entry.Key))), depth)]
                : [Group(file, $"{owner}::{groupName}", own, over, depth)];
        }
        if (!keys.TryGetValue("task", out object? task) || task is not string name)
            throw section.Error("task", "a member needs a 'task' or a 'group'.", "Name it.");
        own.Remove("task");
        if (_index.Tasks.ContainsKey(name) || _tags.ContainsKey(name))
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

    private InputException Unknown(string name) =>
        // A file that could not be read most likely defines what it is called.
        _index.Bad.FirstOrDefault(error => Path.GetFileNameWithoutExtension(error.File) == name)
        ?? new InputException("tasks", name, "no task, group or tag has this name.", NameSuggestion.Remedy(name, _index.Tasks.Keys.Concat(_tags.Keys)));

    private sealed record Definition(string File, bool IsGroup, OrderedDictionary<string, YamlEntry> Entries);
}
