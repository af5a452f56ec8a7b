namespace Castalia.Evaluation;

/// <summary>What a run gave.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Plan">What was asked.</param>
/// <param name="Tasks">Every task, in the order run.</param>
/// <param name="Groups">Every group with metrics of its own, outer ones before inner ones.</param>
public sealed record EvaluationResult(string Model, EvaluationPlan Plan, IReadOnlyList<TaskResult> Tasks, IReadOnlyList<GroupResult> Groups);

/// <summary>What a task gave.</summary>
/// <param name="Task">The task.</param>
/// <param name="Fewshot">Examples before each question.</param>
/// <param name="Total">Documents of the split.</param>
/// <param name="Metrics">One value a metric, in the task's order.</param>
/// <param name="Samples">Every document that was asked.</param>
public sealed record TaskResult(
    TaskConfig Task, int Fewshot, int Total, IReadOnlyList<MetricValue> Metrics, IReadOnlyList<SampleResult> Samples);

/// <summary>A metric over many documents.</summary>
/// <param name="Metric">The metric's name.</param>
/// <param name="Value">Its value.</param>
/// <param name="Error">Its standard error; null where there is none.</param>
/// <param name="HigherIsBetter">Which way is good.</param>
public sealed record MetricValue(string Metric, double Value, double? Error, bool HigherIsBetter);

/// <summary>What one document gave.</summary>
/// <param name="Instance">The document and what was asked.</param>
/// <param name="Answers">One answer a request.</param>
/// <param name="Rolling">The whole text's log-likelihood, if that was asked.</param>
/// <param name="Items">One item a metric, in the task's order.</param>
public sealed record SampleResult(TaskInstance Instance, IReadOnlyList<Loglikelihood> Answers, double? Rolling, IReadOnlyList<MetricItem> Items);

/// <summary>What a group gave over all tasks below it.</summary>
/// <param name="Group">The group.</param>
/// <param name="Members">Names of its direct members.</param>
/// <param name="Size">Documents of all its tasks.</param>
/// <param name="Metrics">One value a metric.</param>
public sealed record GroupResult(GroupConfig Group, IReadOnlyList<string> Members, int Size, IReadOnlyList<MetricValue> Metrics)
{
    /// <summary>The group and the groups below it that have metrics of their own.</summary>
    internal static IEnumerable<GroupResult> Of(TaskGroup group, IReadOnlyDictionary<string, TaskResult> results)
    {
        if (group.Config.Metrics.Count > 0)
        {
            TaskResult[] tasks = [.. group.Tasks.Select(task => results[task.Task])];
            yield return new GroupResult(group.Config, [.. group.Members.Select(member => member.Name)], tasks.Sum(task => task.Samples.Count),
                [.. group.Config.Metrics.Select(metric => Combine(metric, tasks)).OfType<MetricValue>()]);
        }
        foreach (GroupResult inner in group.Members.OfType<TaskGroup>().SelectMany(member => Of(member, results)))
            yield return inner;
    }

    private static MetricValue? Combine(GroupMetric metric, TaskResult[] tasks)
    {
        var parts = tasks.Select(task => (size: task.Samples.Count, value: task.Metrics.FirstOrDefault(m => m.Metric == metric.Metric)))
            .Where(part => part.value is not null).ToArray();
        if (parts.Length == 0)
            return null;
        double sum = 0, weights = 0;
        foreach ((int size, MetricValue? value) in parts)
        {
            double weight = metric.WeightBySize ? size : 1;
            sum += value!.Value * weight;
            weights += weight;
        }
        double? error = StandardError.Pooled([.. parts.Select(part => part.value!.Error)], [.. parts.Select(part => part.size)]);
        return new MetricValue(metric.Metric, sum / weights, error, parts[0].value!.HigherIsBetter);
    }
}
