using System.Globalization;

namespace Castalia.Evaluation;

/// <summary>The results as rows of text, in the columns of the harness's own table. Printing is the caller's.</summary>
/// <param name="Header">The columns' names.</param>
/// <param name="Rows">One row a task or group and metric.</param>
public sealed record ResultsTable(IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>Tasks in the order asked for; a group's members stand below it with a dash.</summary>
    public static ResultsTable Of(EvaluationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var rows = new List<IReadOnlyList<string>>();
        var tasks = result.Tasks.ToDictionary(task => task.Task.Task, StringComparer.Ordinal);
        var groups = result.Groups.ToDictionary(group => group.Group.Group, StringComparer.Ordinal);
        Add(rows, result.Plan.Nodes, tasks, groups, "");
        return new ResultsTable(["Tasks", "Version", "n-shot", "Metric", "", "Value", "", "Stderr"], rows);
    }

    private static void Add(List<IReadOnlyList<string>> rows, IEnumerable<TaskNode> nodes, Dictionary<string, TaskResult> tasks,
        Dictionary<string, GroupResult> groups, string indent)
    {
        foreach (TaskNode node in nodes)
        {
            if (node is TaskLeaf leaf)
            {
                if (!tasks.TryGetValue(leaf.Name, out TaskResult? task))
                    continue; // it failed, and is told with the failures
                AddMetrics(rows, indent + task.Task.Alias, task.Task.Version, task.Fewshot.ToString(CultureInfo.InvariantCulture), task.Metrics);
            }
            else if (node is TaskGroup group)
            {
                IReadOnlyList<MetricValue> own = groups.TryGetValue(group.Name, out GroupResult? known) ? known.Metrics : [];
                AddMetrics(rows, indent + group.Config.Alias, group.Config.Version, "", own);
                Add(rows, group.Members, tasks, groups, indent.Length == 0 ? " - " : "  " + indent);
            }
        }
    }

    private static void AddMetrics(List<IReadOnlyList<string>> rows, string alias, object? version, string shots, IReadOnlyList<MetricValue> metrics)
    {
        string versionText = Convert.ToString(version, CultureInfo.InvariantCulture) ?? "";
        if (metrics.Count == 0)
            rows.Add([alias, versionText, shots, "", "", "", "", ""]);
        for (int i = 0; i < metrics.Count; i++)
        {
            MetricValue metric = metrics[i];
            rows.Add([i == 0 ? alias : "", i == 0 ? versionText : "", i == 0 ? shots : "", metric.Metric, metric.HigherIsBetter ? "↑" : "↓",
                metric.Value.ToString("F4", CultureInfo.InvariantCulture), "±", metric.Error?.ToString("F4", CultureInfo.InvariantCulture) ?? "N/A"]);
        }
    }
}
