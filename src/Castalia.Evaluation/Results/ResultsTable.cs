using System.Globalization;
using System.Text;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Results as rows of text, in the columns of the harness's own tables. Printing is the caller's.</summary>
/// <param name="Header">The columns' names.</param>
/// <param name="Rows">One row a task or group and metric.</param>
public sealed record ResultsTable(IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>Tasks in the order asked for; a group's members stand below it with a dash.</summary>
    public static ResultsTable Of(EvaluationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var rows = new RowList(result);
        rows.Add(result.Plan.Nodes, "");
        return new ResultsTable(Columns("Tasks"), rows.All);
    }

    /// <summary>Groups alone, outer ones above inner ones; no rows where no group has numbers of its own.</summary>
    public static ResultsTable OfGroups(EvaluationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var rows = new RowList(result) { GroupsAlone = true };
        rows.Add(result.Plan.Nodes, "");
        return new ResultsTable(Columns("Groups"), rows.All);
    }

    /// <summary>The table in Markdown, columns of numbers set right.</summary>
    public string ToMarkdown()
    {
        bool[] right = [.. Header.Select((_, i) => Rows.Count > 0 && Rows.All(row => row[i].Length == 0 || row[i] == "N/A" || double.TryParse(row[i], CultureInfo.InvariantCulture, out double _))
            && Rows.Any(row => row[i].Length > 0))];
        int[] widths = [.. Header.Select((name, i) => Math.Max(3, Rows.Select(row => PythonString.Length(row[i])).Append(name.Length).Max()))];
        var text = new StringBuilder();
        Line(Header, centred: true);
        text.Append('|').AppendJoin('|', widths.Select((width, i) => new string('-', width - 1) + (right[i] ? ':' : '-'))).Append("|\n");
        foreach (IReadOnlyList<string> row in Rows)
            Line(row, centred: false);
        return text.ToString();

        void Line(IReadOnlyList<string> cells, bool centred)
        {
            text.Append('|');
            for (int i = 0; i < cells.Count; i++)
            {
                int missing = widths[i] - PythonString.Length(cells[i]);
                int before = centred ? missing / 2 : right[i] ? missing : 0;
                text.Append(' ', before).Append(cells[i]).Append(' ', missing - before).Append('|');
            }
            text.Append('\n');
        }
    }

    private static string[] Columns(string first) => [first, "Version", "Filter", "n-shot", "Metric", "", "Value", "", "Stderr"];

    private sealed class RowList(EvaluationResult result)
    {
        private readonly Dictionary<string, TaskResult> _tasks = result.Tasks.ToDictionary(task => task.Task.Task, StringComparer.Ordinal);
        private readonly Dictionary<string, GroupResult> _groups = result.Groups.ToDictionary(group => group.Group.Group, StringComparer.Ordinal);

        public List<IReadOnlyList<string>> All { get; } = [];

        public bool GroupsAlone { get; init; }

        public void Add(IEnumerable<TaskNode> nodes, string indent)
        {
            foreach (TaskNode node in nodes)
            {
                if (node is TaskLeaf leaf)
                {
                    // One that failed is told with the failures.
                    if (!GroupsAlone && _tasks.TryGetValue(leaf.Name, out TaskResult? task))
                        Add(indent + task.Task.Alias, task.Task.Version ?? "Yaml", PythonText.Str(task.ShownFewshot), task.Metrics);
                }
                else if (node is TaskGroup group)
                {
                    IReadOnlyList<MetricValue> own = _groups.TryGetValue(group.Name, out GroupResult? known) ? known.Metrics : [];
                    if (!GroupsAlone || own.Count > 0)
                        Add(indent + group.Config.Alias, group.Config.Version ?? "N/A", "", own);
                    Add(group.Members, indent.Length == 0 ? " - " : "  " + indent);
                }
            }
        }

        private void Add(string alias, object version, string shots, IReadOnlyList<MetricValue> metrics)
        {
            string shown = PythonText.Str(version);
            if (metrics.Count == 0)
                All.Add([alias, shown, "", shots, "", "", "", "", ""]);
            for (int i = 0; i < metrics.Count; i++)
            {
                MetricValue metric = metrics[i];
                All.Add([i == 0 ? alias : "", i == 0 ? shown : "", metric.Filter, shots, metric.Metric, metric.HigherIsBetter ? "↑" : "↓",
                    metric.Value.ToString("F4", CultureInfo.InvariantCulture), "±", metric.Error?.ToString("F4", CultureInfo.InvariantCulture) ?? "N/A"]);
            }
        }
    }
}
