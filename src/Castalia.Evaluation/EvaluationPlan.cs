namespace Castalia.Evaluation;

/// <summary>
/// Everything that a run will ask, built before any model is there: the documents of every task with their requests. One plan serves every
/// checkpoint of a suite.
/// </summary>
public sealed class EvaluationPlan
{
    private EvaluationPlan(IReadOnlyList<TaskNode> nodes, IReadOnlyList<PlannedTask> tasks, EvaluationOptions options)
    {
        Nodes = nodes;
        Tasks = tasks;
        Options = options;
    }

    /// <summary>The tasks and groups as they were asked for.</summary>
    public IReadOnlyList<TaskNode> Nodes { get; }

    /// <summary>The tasks in the order in which they are run.</summary>
    public IReadOnlyList<PlannedTask> Tasks { get; }

    /// <summary>What the plan was built with.</summary>
    public EvaluationOptions Options { get; }

    /// <summary>Requests in all.</summary>
    public int RequestCount => Tasks.Sum(task => task.Instances.Sum(instance => instance.Requests.Count + (instance.Rolling is null ? 0 : 1)));

    /// <summary>Reads the tasks' data and builds their requests.</summary>
    /// <param name="nodes">Tasks and groups, from <see cref="TaskLibrary.Load"/>.</param>
    /// <param name="options">Shots, limits and seeds; the harness's defaults if null.</param>
    /// <param name="cancellationToken">Stops between tasks.</param>
    /// <exception cref="InputException">A data file or template is wrong: names task, document and key.</exception>
    public static EvaluationPlan Build(IReadOnlyList<TaskNode> nodes, EvaluationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        options ??= new EvaluationOptions();
        if (options.Limit is { } limit && !(limit > 0))
            throw new InputException("limit", null, $"expected a number above 0, found {limit}.",
                "Give a number of documents, or a fraction below 1.");
        if (options.NumFewshot < 0)
            throw new InputException("num_fewshot", null, $"expected 0 or more, found {options.NumFewshot}.", "Give a number of examples.");
        TaskConfig[] configs = [.. nodes.SelectMany(node => node.Tasks)];
        var tasks = new PlannedTask[configs.Length];
        // Every task has a generator of its own, so tasks may be built side by side.
        SideBySide.For(configs.Length, i => tasks[i] = PlannedTask.Build(configs[i], options), cancellationToken);
        return new EvaluationPlan(nodes, tasks, options);
    }

    /// <summary>All requests in the order in which the harness puts them, as one hash.</summary>
    public RequestsHash HashRequests()
    {
        var hash = new RequestsHash();
        foreach (PlannedTask task in Tasks.Where(task => task.Config.OutputType != OutputType.LoglikelihoodRolling))
        {
            foreach (LoglikelihoodRequest request in task.Instances.SelectMany(instance => instance.Requests))
                hash.Add(request);
        }
        foreach (TaskInstance instance in Tasks.SelectMany(task => task.Instances))
        {
            if (instance.Rolling is { } rolling)
                hash.Add(rolling);
        }
        return hash;
    }
}

/// <summary>A task with its requests.</summary>
/// <param name="Config">The task.</param>
/// <param name="Fewshot">Examples before each question.</param>
/// <param name="Total">Documents of the split, of which <paramref name="Instances"/> are the first.</param>
/// <param name="Instances">The documents that are asked, in the split's order.</param>
public sealed record PlannedTask(TaskConfig Config, int Fewshot, int Total, IReadOnlyList<TaskInstance> Instances)
{
    internal static PlannedTask Build(TaskConfig config, EvaluationOptions options)
    {
        // A task that says 0 means it: its examples, if any, are in its text.
        int shots = config.NumFewshot is 0 ? 0 : options.NumFewshot ?? config.NumFewshot ?? 0;
        string split = config.EvaluationSplit;
        var (rows, total) = DatasetSplit.Read(config.DataFiles[split], options.Count);
        if (rows.Count == 0)
            throw new InputException(config.DataFiles[split][0], $"task '{config.Task}'", "the split has no documents.",
                "Name a file with documents.");
        var reading = new DocumentReading(config, rows[0].Keys.ToHashSet(StringComparer.Ordinal));
        var sampler = new FewshotSampler(config, shots > 0 ? Pool(config) : [], shots, options.FewshotSeed);
        var builder = new InstanceBuilder(config, reading, sampler);
        return new PlannedTask(config, shots, total, [.. rows.Select((row, i) => builder.Build(new TaskDocument(split, i, row)))]);
    }

    private static TaskDocument[] Pool(TaskConfig config)
    {
        if (config.Fewshot.Samples is { } samples)
            return [.. samples.Select((row, i) => new TaskDocument("fewshot_config", i, row))];
        string split = config.Fewshot.Split ?? config.TrainingSplit ?? config.ValidationSplit ?? config.TestSplit!;
        return [.. DatasetSplit.Read(config.DataFiles[split], total => total).rows.Select((row, i) => new TaskDocument(split, i, row))];
    }
}
