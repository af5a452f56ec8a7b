using System.CommandLine;
using System.Globalization;
using Castalia.Cli.Display;
using Castalia.Evaluation;

namespace Castalia.Cli.Verbs.Evaluation;

/// <summary><c>castalia eval diff</c>: two results files, number by number.</summary>
internal static class EvalDiffVerb
{
    public static Command Create()
    {
        var a = new Argument<string>("A.json") { Description = "A results file of castalia eval or lm_eval." };
        var b = new Argument<string>("B.json") { Description = "Another one." };
        var command = new Command("diff", "Compare two results files: differences with z and p, and a paired test where samples stand beside both.") { a, b };
        command.SetAction(parsed =>
        {
            RecordedResults first = RecordedResults.Read(parsed.GetRequiredValue(a)), second = RecordedResults.Read(parsed.GetRequiredValue(b));
            ResultsDifference difference = ResultsDifference.Of(first, second);
            Console.WriteLine($"A: {TextTable.Shown(first.Model, 200)} ({first.File})\nB: {TextTable.Shown(second.Model, 200)} ({second.File})");
            var table = new TextTable("task", "filter", "metric", ">A", ">B", ">B-A", ">z", ">p", "paired", ">documents", ">p");
            foreach (NumberDifference row in difference.Rows)
            {
                table.Add(TextTable.Shown(row.A.Task, 80), TextTable.Shown(row.A.Filter), TextTable.Shown(row.A.Metric), Number(row.A.Value), Number(row.B.Value),
                    row.Difference.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture), row.Z?.ToString("F2", CultureInfo.InvariantCulture) ?? "", P(row.P),
                    row.Paired?.Name ?? "", row.Paired?.Documents.ToString(CultureInfo.InvariantCulture) ?? "", P(row.Paired?.P));
            }
            table.Write(Console.Out);
            foreach (string note in difference.Notes)
                Console.WriteLine("note   " + TextTable.Shown(note, 600));
            return 0;
        });
        return Examples.Attach(command, ("two models on the same tasks", "castalia eval diff small/results_2026-01-01T10-00-00.000000.json large/results_2026-01-01T11-00-00.000000.json"));
    }

    /// <summary>A p-value with the digits that matter; nothing for none.</summary>
    public static string P(double? p) => p switch
    {
        null => "",
        < 0.0001 => "<0.0001",
        { } value => value.ToString("F4", CultureInfo.InvariantCulture),
    };

    private static string Number(double value) => value.ToString("F4", CultureInfo.InvariantCulture);
}
