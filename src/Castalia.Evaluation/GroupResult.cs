namespace Castalia.Evaluation;

/// <summary>What a group gave over all tasks below it.</summary>
/// <param name="Group">The group.</param>
/// <param name="Members">Names of its direct members.</param>
/// <param name="Size">Documents of all its tasks.</param>
/// <param name="Metrics">One value a metric and filter; none for a group that is only a list.</param>
public sealed record GroupResult(GroupConfig Group, IReadOnlyList<string> Members, int Size, IReadOnlyList<MetricValue> Metrics)
{
    /// <summary>The groups below a group and the group itself; those none of whose tasks was scored are left out.</summary>
    internal static IEnumerable<GroupResult> Of(TaskGroup group, IReadOnlyDictionary<string, TaskResult> results)
    {
        foreach (GroupResult inner in group.Members.OfType<TaskGroup>().SelectMany(member => Of(member, results)))
            yield return inner;
        TaskResult[] tasks = [.. group.Tasks.Select(task => results.GetValueOrDefault(task.Task)).OfType<TaskResult>()];
        if (tasks.Length == 0)
            yield break;
        yield return new GroupResult(group.Config, [.. group.Members.Select(member => member.Name)], tasks.Sum(Documents),
            [.. group.Config.Metrics.SelectMany(metric => Combine(metric, tasks))]);
    }

    /// <summary>Documents of a task as the harness counts them: those that its last metric is of.</summary>
    internal static int Documents(TaskResult task) => task.Metrics.Count > 0 ? task.Metrics[^1].Size : task.Samples.Count;

    private static IEnumerable<MetricValue> Combine(GroupMetric metric, TaskResult[] tasks)
    {
        IEnumerable<string> filters = metric.Filters?.AsEnumerable() ?? tasks.SelectMany(task => task.Metrics)
            .Where(value => value.Metric == metric.Metric).Select(value => value.Filter).Distinct().Order(StringComparer.Ordinal);
        foreach (string filter in filters)
        {
            (int size, MetricValue value)[] parts = [.. tasks
                .Select(task => (Documents(task), task.Metrics.FirstOrDefault(value => value.Metric == metric.Metric && value.Filter == filter)))
                .Where(part => part.Item2 is not null).Select(part => (part.Item1, part.Item2!))];
            if (parts.Length == 0)
                continue;
            double sum = 0, weights = 0;
            foreach ((int size, MetricValue value) in parts)
            {
                double weight = metric.WeightBySize ? size : 1;
                sum += value.Value * weight;
                weights += weight;
            }
            double? error = StandardError.Pooled([.. parts.Select(part => part.value.Error)], [.. parts.Select(part => part.size)]);
            yield return new MetricValue(metric.Metric, filter, sum / weights, error, parts[0].value.HigherIsBetter, parts.Sum(part => part.size));
        }
    }
}
