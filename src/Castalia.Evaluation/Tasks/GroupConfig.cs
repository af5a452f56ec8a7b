namespace Castalia.Evaluation;

/// <summary>A group as its YAML describes it: tasks that are run and reported together.</summary>
/// <param name="Group">The group's name.</param>
/// <param name="Alias">The name shown in tables.</param>
/// <param name="File">The file that defines it.</param>
/// <param name="Metrics">What is brought together over its tasks; none for a group that is only a list.</param>
/// <param name="Version">The group's version.</param>
public sealed record GroupConfig(string Group, string Alias, string File, IReadOnlyList<GroupMetric> Metrics, object? Version);

/// <summary>A metric that a group brings together over its tasks, by mean.</summary>
/// <param name="Metric">The metric's name.</param>
/// <param name="WeightBySize">Whether tasks weigh by their number of documents instead of alike.</param>
/// <param name="Filters">Filters whose values are brought together; null for every one that a task has.</param>
public sealed record GroupMetric(string Metric, bool WeightBySize, IReadOnlyList<string>? Filters);

/// <summary>A task, or a group of such, in the order in which they are run and shown.</summary>
/// <param name="Name">The name in results.</param>
public abstract record TaskNode(string Name)
{
    /// <summary>The tasks below, in order.</summary>
    public abstract IEnumerable<TaskConfig> Tasks { get; }
}

/// <summary>A task to run.</summary>
/// <param name="Config">The task.</param>
public sealed record TaskLeaf(TaskConfig Config) : TaskNode(Config.Task)
{
    /// <inheritdoc/>
    public override IEnumerable<TaskConfig> Tasks => [Config];
}

/// <summary>A group to run.</summary>
/// <param name="Config">The group.</param>
/// <param name="Members">Its tasks and groups.</param>
public sealed record TaskGroup(GroupConfig Config, IReadOnlyList<TaskNode> Members) : TaskNode(Config.Group)
{
    /// <inheritdoc/>
    public override IEnumerable<TaskConfig> Tasks => Members.SelectMany(member => member.Tasks);
}
