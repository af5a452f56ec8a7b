namespace Castalia.Evaluation;

/// <summary>
/// Everything that a run will ask, built before any answer is there: the documents of every task with their requests. One plan serves every
/// checkpoint of a suite.
/// </summary>
public sealed class EvaluationPlan
{
    private EvaluationPlan(IReadOnlyList<TaskNode> nodes, IReadOnlyList<PlannedTask> tasks, IReadOnlyList<TaskFailure> failures, EvaluationOptions options)
    {
        Nodes = nodes;
        Tasks = tasks;
        Failures = failures;
        Options = options;
    }

    /// <summary>The tasks and groups as they were asked for.</summary>
    public IReadOnlyList<TaskNode> Nodes { get; }

    /// <summary>The tasks in the order in which they are run.</summary>
    public IReadOnlyList<PlannedTask> Tasks { get; }

    /// <summary>Tasks that could not be prepared.</summary>
    public IReadOnlyList<TaskFailure> Failures { get; }

    /// <summary>What the plan was built with.</summary>
    public EvaluationOptions Options { get; }

    /// <summary>Requests in all.</summary>
    public int RequestCount => Tasks.Sum(task => task.RequestCount);

    /// <summary>Reads the tasks' data and builds their requests. A task that is wrong is left out and told in <see cref="Failures"/>.</summary>
    /// <param name="nodes">Tasks and groups, from <see cref="TaskLibrary.Load"/>.</param>
    /// <param name="options">Shots, limits and seeds; the harness's defaults if null.</param>
    /// <param name="progress">Told how many tasks are prepared.</param>
    /// <param name="cancellationToken">Stops between documents.</param>
    /// <exception cref="InputException">An option is wrong, or every task is: names task, document and key of the first.</exception>
    public static EvaluationPlan Build(
        IReadOnlyList<TaskNode> nodes, EvaluationOptions? options = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        options ??= new EvaluationOptions();
        if (options.Limit is { } limit && !(limit > 0))
            throw new InputException("limit", null, $"expected a number above 0, found {limit}.", "Give a number of documents, or a fraction below 1.");
        if (options.NumFewshot < 0)
            throw new InputException("num_fewshot", null, $"expected 0 or more, found {options.NumFewshot}.", "Give a number of examples.");
        TaskConfig[] configs = [.. nodes.SelectMany(node => node.Tasks)];
        var tasks = new PlannedTask?[configs.Length];
        var failures = new TaskFailure?[configs.Length];
        int done = 0;
        // Every task has a generator of its own, so tasks may be built side by side.
        SideBySide.For(configs.Length, i =>
        {
            try
            {
                tasks[i] = PlannedTask.Build(configs[i], options, cancellationToken);
            }
            catch (InputException error)
            {
                failures[i] = new TaskFailure(configs[i].Task, error);
            }
            progress?.Report(new WorkProgress("prepare tasks", Interlocked.Increment(ref done), configs.Length, "tasks"));
        }, cancellationToken);
        PlannedTask[] planned = [.. tasks.OfType<PlannedTask>()];
        TaskFailure[] failed = [.. failures.OfType<TaskFailure>()];
        if (planned.Length == 0 && failed.Length > 0)
            throw failed[0].Error;
        return new EvaluationPlan(nodes, planned, failed, options);
    }

    /// <summary>All requests in the order in which the harness puts them, as one hash.</summary>
    public RequestsHash HashRequests()
    {
        var hash = new RequestsHash();
        foreach (RequestKind kind in Kinds)
        {
            foreach (PlannedTask task in Tasks.Where(task => task.Kind == kind))
            {
                foreach (TaskInstance instance in task.Instances)
                {
                    foreach (LoglikelihoodRequest request in instance.Requests)
                        hash.Add(request, task.Config.Repeats);
                    if (instance.Rolling is { } rolling)
                        hash.Add(rolling, task.Config.Repeats);
                    if (instance.Generation is { } generation)
                        hash.Add(generation, task.Config.Repeats);
                }
            }
        }
        return hash;
    }

    /// <summary>The kinds of request in the order in which they are put: as the tasks first need them.</summary>
    internal IEnumerable<RequestKind> Kinds => Tasks.Select(task => task.Kind).Distinct();
}

/// <summary>The three things that a model can be asked.</summary>
internal enum RequestKind
{
    Loglikelihood,
    Rolling,
    Generation,
}
