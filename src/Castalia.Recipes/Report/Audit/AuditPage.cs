using Castalia.Models;
using Castalia.Recipes.Report.Charts;
using Castalia.Recipes.Report.Charts.Scales;
using Castalia.Recipes.Report.Page;

namespace Castalia.Recipes.Report.Audit;

/// <summary>The page of an audit of checkpoints.</summary>
internal static class AuditPage
{
    /// <summary>The page as HTML.</summary>
    public static string Render(AuditResult result, string command)
    {
        int problems = result.Findings.Count(finding => finding.IsProblem);
        return new HtmlPage
        {
            Title = "Audit of checkpoints",
            Colors = 1,
            Header = new PageHeader(
                "Castalia · audit",
                problems == 0 ? "Every checkpoint holds its own weights" : $"{Capital(NumberText.Word(problems))} {(problems == 1 ? "finding" : "findings")} among {NumberText.Count(result.Checkpoints.Count)} checkpoints",
                problems == 0
                    ? "No two steps hold the same weights, no tensor of one stands in another, and each checkpoint is nearest to those beside it in time."
                    : result.Findings.First(finding => finding.IsProblem).Text,
                [
                    (NumberText.Count(result.Checkpoints.Count), "checkpoints"),
                    (NumberText.Count(result.Checkpoints.Max(one => one.Tensors.Count)), "tensors in each"),
                    (NumberText.Compact(result.Checkpoints[^1].Tensors.Sum(tensor => tensor.Shape.Aggregate(1.0, (product, length) => product * length))), "weights in each"),
                    (NumberText.Count(problems), problems == 1 ? "problem" : "problems"),
                ]),
            Sections = [new FindingsSection(result), new DistanceSection(result, command), new CheckpointsSection(result)],
            Footer = "Written by Castalia. Every number is read from audit.json, which has each tensor's hash, norm and change; nothing is loaded from anywhere else.",
        }.Render();
    }

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    private sealed class FindingsSection(AuditResult result) : IReportSection
    {
        public string Id => "findings";

        public string Title => "Findings";

        public void Write(HtmlBuilder html)
        {
            if (result.Findings.Count == 0)
            {
                html.Element("p", "Nothing was found.");
                return;
            }
            html.Open("ul");
            foreach (AuditFinding finding in result.Findings)
                html.Element("li", finding.Text);
            html.Close("ul").Line();
        }
    }

    private sealed class DistanceSection(AuditResult result, string command) : IReportSection
    {
        public string Id => "distances";

        public string Title => "Distances";

        public void Write(HtmlBuilder html)
        {
            double[] apart = [.. result.Distances.SelectMany(row => row).Where(distance => distance > 0)];
            double least = apart.DefaultIfEmpty(0.001).Min(), most = Math.Max(apart.DefaultIfEmpty(1).Max(), least * 1.0001);
            var legend = new ColorLegend("Distance of all weights over their norm", new LogScale(least, most));
            string[] names = [.. result.Checkpoints.Select(one => one.Step is long step ? NumberText.Compact(step) : one.Name)];
            new Figure
            {
                Id = "distance-map",
                Title = "How far each checkpoint is from each other one",
                Subtitle = "In a run that went as its names say, the map brightens evenly away from its diagonal. "
                    + "A row of another shade is a checkpoint with the weights of another time; an empty cell off the diagonal, one with the same weights.",
                Body = body =>
                {
                    legend.Write(body);
                    new HeatMap
                    {
                        Width = 620,
                        Rows = names,
                        Columns = names,
                        XTitle = "step",
                        Description = "Distance of every two checkpoints",
                        Place = (row, column) => result.Distances[row][column] is > 0 and var distance ? legend.Place(distance) : double.NaN,
                        Text = (row, column) => $"{result.Checkpoints[row].Name} and {result.Checkpoints[column].Name}\n"
                            + (row == column ? "itself" : result.Distances[row][column] > 0 ? NumberText.Significant(result.Distances[row][column]) : "the same weights"),
                    }.Write(body);
                },
                Note = "Estimated from the same elements of every tensor. 1.4 is as far as two unrelated models.",
                Commands = [command],
            }.Write(html);
        }
    }

    private sealed class CheckpointsSection(AuditResult result) : IReportSection
    {
        public string Id => "checkpoints";

        public string Title => "Checkpoints";

        public void Write(HtmlBuilder html)
        {
            html.Element("p", "The change is exact: the distance of all weights to the checkpoint before, over that one's norm. The hash is one for all tensors and their names.");
            new DataTable(
                "The checkpoints",
                [new TableColumn("Checkpoint"), new TableColumn("Norm", true), new TableColumn("Change", true), new TableColumn("Most changed", false, "minor"), new TableColumn("Hash", false, "minor")],
                [.. result.Checkpoints.Select(one => (IReadOnlyList<TableCell>)
                    [
                        one.Name,
                        NumberText.Significant(one.Norm, 5),
                        one.Change is double change ? NumberText.Significant(change) : "–",
                        one.Tensors.Where(tensor => tensor.Change is not null).MaxBy(tensor => tensor.Change)?.Name ?? "–",
                        new TableCell(one.Sha256[..12]) { Exact = one.Sha256 },
                    ])]).Write(html);
        }
    }
}
