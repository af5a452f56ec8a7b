using System.Text.RegularExpressions;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Results in the layout of the harness: <c>results.json</c>, and one <c>samples_TASK.jsonl</c> a task.</summary>
public static partial class ResultsFile
{
    /// <summary>Writes <c>results.json</c> and, if asked, the samples of every task into a folder.</summary>
    /// <param name="folder">Where; made if it is not there.</param>
    /// <param name="result">What to write.</param>
    /// <param name="description">What else to say of the run.</param>
    /// <param name="samples">Whether to write every document as well.</param>
    public static void Write(string folder, EvaluationResult result, RunDescription? description = null, bool samples = true)
    {
        ArgumentNullException.ThrowIfNull(result);
        Directory.CreateDirectory(folder);
        if (samples)
        {
            foreach (TaskResult task in result.Tasks)
                SamplesFile.Write(Path.Combine(folder, $"samples_{SanitizeTaskName(task.Task.Task)}.jsonl"), task);
        }
        AtomicFile.WriteAllText(Path.Combine(folder, "results.json"), Text(result, description ?? new RunDescription()) + "\n");
    }

    /// <summary>Writes the numbers of a run to where its layout says.</summary>
    /// <param name="layout">The files' names.</param>
    /// <param name="result">What to write.</param>
    /// <param name="description">What else to say of the run.</param>
    public static void Write(ResultsLayout layout, EvaluationResult result, RunDescription description)
    {
        ArgumentNullException.ThrowIfNull(layout);
        Directory.CreateDirectory(layout.Folder);
        AtomicFile.WriteAllText(layout.Results, Text(result, description) + "\n");
    }

    /// <summary>The text of <c>results.json</c>: Python's JSON, two blanks a level.</summary>
    public static string Text(EvaluationResult result, RunDescription description)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(description);
        EvaluationOptions options = result.Plan.Options;
        var file = new OrderedDictionary<string, object?>
        {
            ["results"] = result.Tasks.Select(task => (Name: task.Task.Task, Numbers: TaskNumbers(task)))
                .Concat(result.Groups.Select(group => (Name: group.Group.Group, Numbers: GroupNumbers(group)))).ToOrdered(one => one.Name, one => one.Numbers),
        };
        if (result.Groups.Count > 0)
            file["groups"] = result.Groups.ToOrdered(group => group.Group.Group, GroupNumbers);
        file["group_subtasks"] = Subtasks(result.Plan.Nodes);
        file["configs"] = result.Tasks.ToSorted(task => task.Task.Task, task => (object?)Configuration(task, description.Metadata));
        // A group's version is text in the harness's files, a task's is what its file says.
        file["versions"] = result.Tasks.Select(task => (task.Task.Task, task.Task.Version ?? "Yaml"))
            .Concat(result.Groups.Select(group => (group.Group.Group, group.Group.Version is { } version ? (object)PythonText.Str(version) : "N/A")))
            .ToSorted(pair => pair.Item1, pair => pair.Item2);
        (string Name, TaskResult[] Tasks)[] named = [.. result.Tasks.Select(task => (task.Task.Task, new[] { task })), .. WithTasks(result)];
        file["n-shot"] = named.ToSorted(one => one.Name, one => one.Tasks[^1].ShownFewshot);
        file["higher_is_better"] = named.ToSorted(one => one.Name, one => (object?)Directions(one.Tasks));
        file["n-samples"] = result.Tasks.ToOrdered(task => task.Task.Task,
            task => (object?)new OrderedDictionary<string, object?> { ["original"] = (long)task.Total, ["effective"] = (long)task.Samples.Count });
        file["config"] = description.Configuration(options);
        if (result.Failures.Count > 0)
            file["errors"] = result.Failures.ToOrdered(failure => failure.Task, failure => (object?)failure.Error.Message);
        if (result.Plan.Tasks.Where(task => task.StandIns.Count > 0).ToArray() is { Length: > 0 } stoodIn)
            file["stand_ins"] = stoodIn.ToOrdered(task => task.Config.Task, task => (object?)task.StandIns.ToList<object?>());
        file["task_hashes"] = result.Tasks.ToOrdered(task => task.Task.Task,
            task => (object?)SampleHashes.OfTask(task.Samples.Select(sample => sample.Instance), task.Task.Filters.Count));
        file["model_source"] = description.ModelKind;
        file["model_name"] = description.NameOf(result.Model);
        file["model_name_sanitized"] = SanitizeModelName(description.NameOf(result.Model));
        if (result.Model == Sha256LanguageModel.ModelName)
        {
            using RequestsHash hash = result.Plan.HashRequests();
            file["n_requests"] = (long)hash.Count;
            file["requests_sha256"] = hash.Value;
        }
        foreach ((string key, object? value) in description.Surroundings(options))
            file[key] = value;
        return PythonJson.Dumps(file, indent: 2, ensureAscii: false);
    }

    /// <summary>A model's name as the harness makes a folder's name of it.</summary>
    public static string SanitizeModelName(string name) => UnsafeInModelName().Replace(name, "__");

    /// <summary>A task's name as the harness makes a file's name of it.</summary>
    public static string SanitizeTaskName(string name) => UnsafeInTaskName().Replace(name, "_");

    /// <summary>Groups that hold tasks and not groups alone, with those tasks: the harness tells shots and directions of them too.</summary>
    private static IEnumerable<(string Name, TaskResult[] Tasks)> WithTasks(EvaluationResult result)
    {
        var results = result.Tasks.ToDictionary(task => task.Task.Task, StringComparer.Ordinal);
        return Groups(result.Plan.Nodes)
            .Select(group => (group.Name, Tasks: group.Members.OfType<TaskLeaf>().Select(leaf => results.GetValueOrDefault(leaf.Name)).OfType<TaskResult>().ToArray()))
            .Where(group => group.Tasks.Length > 0);
    }

    private static IEnumerable<TaskGroup> Groups(IEnumerable<TaskNode> nodes) =>
        nodes.OfType<TaskGroup>().SelectMany(group => Groups(group.Members).Prepend(group));

    /// <summary>Whether more is better of each metric; null where tasks do not agree.</summary>
    private static OrderedDictionary<string, object?> Directions(TaskResult[] tasks)
    {
        var directions = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (TaskResult task in tasks)
        {
            foreach ((string name, bool better) in task.Task.Metrics.Select(metric => (metric.Name, metric.HigherIsBetter))
                .Concat(task.Metrics.Select(value => (Name: value.Metric, value.HigherIsBetter))).DistinctBy(metric => metric.Name))
            {
                if (!directions.TryAdd(name, better) && !Equals(directions[name], better))
                    directions[name] = null;
            }
        }
        return directions;
    }

    private static object? TaskNumbers(TaskResult task)
    {
        var numbers = new OrderedDictionary<string, object?>
        {
            ["name"] = task.Task.Task,
            ["alias"] = task.Task.Alias,
            ["sample_len"] = (long)GroupResult.Documents(task),
        };
        AddMetrics(numbers, task.Metrics);
        return numbers;
    }

    private static object? GroupNumbers(GroupResult group)
    {
        var numbers = new OrderedDictionary<string, object?>
        {
            ["name"] = group.Group.Group,
            ["alias"] = group.Group.Alias,
            ["sample_len"] = (long)group.Size,
        };
        AddMetrics(numbers, group.Metrics);
        if (group.Metrics.Count > 0)
            numbers["sample_count"] = group.Metrics.ToOrdered(metric => metric.Key, metric => (object?)(long)metric.Size);
        return numbers;
    }

    private static void AddMetrics(OrderedDictionary<string, object?> numbers, IReadOnlyList<MetricValue> metrics)
    {
        foreach (MetricValue metric in metrics)
        {
            numbers[metric.Key] = metric.Value;
            numbers[$"{metric.Metric}_stderr,{metric.Filter}"] = metric.Error is { } error ? error : "N/A";
        }
    }

    private static OrderedDictionary<string, object?> Subtasks(IEnumerable<TaskNode> nodes)
    {
        var subtasks = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (TaskGroup group in nodes.OfType<TaskGroup>())
        {
            subtasks[group.Name] = group.Members.Select(member => (object?)member.Name).ToList();
            foreach ((string name, object? members) in Subtasks(group.Members))
                subtasks[name] = members;
        }
        return subtasks;
    }

    private static OrderedDictionary<string, object?> Configuration(TaskResult task, Row? metadata)
    {
        // The data files' full paths differ from machine to machine; the task file's relative ones say as much.
        var configuration = new OrderedDictionary<string, object?> { ["task"] = task.Task.Task };
        foreach ((string key, object? value) in task.Task.Source)
            configuration[key] = Written(value);
        configuration["num_fewshot"] = (long)task.Fewshot;
        if (metadata is { Count: > 0 })
            configuration["metadata"] = task.Task.Metadata.Concat(metadata).ToOrdered(pair => pair.Key, pair => pair.Value);
        return configuration;
    }

    /// <summary>A value of a task file as JSON can hold it: functions by their names, at whatever depth they stand.</summary>
    private static object? Written(object? value) => value switch
    {
        YamlFunction function => function.Name,
        Row mapping => mapping.ToOrdered(pair => pair.Key, pair => Written(pair.Value)),
        IReadOnlyList<object?> list => list.Select(Written).ToArray(),
        _ => value,
    };

    private static OrderedDictionary<string, object?> ToSorted<T>(this IEnumerable<T> items, Func<T, string> key, Func<T, object?> value) =>
        items.OrderBy(key, StringComparer.Ordinal).ToOrdered(key, value);

    private static OrderedDictionary<string, object?> ToOrdered<T>(this IEnumerable<T> items, Func<T, string> key, Func<T, object?> value)
    {
        var ordered = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (T item in items)
            ordered[key(item)] = value(item);
        return ordered;
    }

    [GeneratedRegex(@"[""<>:/|\\?*\[\]]+")]
    private static partial Regex UnsafeInModelName();

    [GeneratedRegex(@"\W")]
    private static partial Regex UnsafeInTaskName();
}
