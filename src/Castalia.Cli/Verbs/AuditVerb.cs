using System.CommandLine;
using System.Globalization;
using Castalia.Cli.Display;
using Castalia.Formats;
using Castalia.Models;
using Castalia.Recipes.Report;

namespace Castalia.Cli.Verbs;

/// <summary><c>castalia audit</c>: whether each checkpoint of a run holds the weights that its name says.</summary>
internal static class AuditVerb
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    public static Command Create()
    {
        var paths = new Argument<string[]>("paths")
        {
            Description = "Checkpoints of one run: model folders, a folder of step0, step1, ..., a model's folder in a run, or files of weights.",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string?>("--output", "-o") { Description = $"A folder for {AuditReport.ResultName} (every tensor's hash, norm and change) and {AuditReport.PageName} (the distances as a map)." };
        var json = new Option<bool>("--json") { Description = "Print all of it as JSON." };
        var command = new Command(
            "audit", "Find checkpoints that silently hold another step's weights: per-tensor hashes, and distances between all of them. Ends with 1 where something is wrong.")
        { paths, output, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            AuditResult result = await ProgressDisplay.ShowAsync(progress => CheckpointAudit.Run(parsed.GetRequiredValue(paths), progress, cancellation));
            if (parsed.GetValue(output) is { } folder)
                AuditReport.Write(result, CommandLineText.Of(parsed), folder);
            if (parsed.GetValue(json))
                Console.Write(CanonicalJson.ToText(result));
            else
                Show(result, parsed.GetValue(output));
            return result.Findings.Any(finding => finding.IsProblem) ? 1 : 0;
        });
        return Examples.Attach(command,
            ("every checkpoint of a model", "castalia audit runs/mini-pythia/models/pythia-small/checkpoints --output audit"),
            ("revisions of a published suite, each in a folder of its own", "castalia audit pythia-2.8b/step*"));
    }

    private static void Show(AuditResult result, string? folder)
    {
        var table = new TextTable("checkpoint", ">tensors", ">norm", ">change", "hash", "nearest");
        for (int i = 0; i < result.Checkpoints.Count; i++)
        {
            AuditedCheckpoint one = result.Checkpoints[i];
            int nearest = Enumerable.Range(0, result.Checkpoints.Count).Where(j => j != i).MinBy(j => result.Distances[i][j]);
            table.Add(
                TextTable.Shown(one.Name), one.Tensors.Count.ToString(Invariant), one.Norm.ToString("g6", Invariant),
                one.Change?.ToString("g3", Invariant) ?? "", one.Sha256[..12], $"{TextTable.Shown(result.Checkpoints[nearest].Name)} {result.Distances[i][nearest].ToString("g3", Invariant)}");
        }
        table.Write(Console.Out);
        Console.WriteLine();
        foreach (AuditFinding finding in result.Findings)
            Console.WriteLine($"{(finding.IsProblem ? "WRONG " : "note  ")}{TextTable.Shown(finding.Text, 1000)}");
        if (!result.Findings.Any(finding => finding.IsProblem))
            Console.WriteLine("Every checkpoint holds weights of its own and is nearest to those beside it in time.");
        if (folder is not null)
            Console.WriteLine($"Written: {Path.Combine(folder, AuditReport.PageName)}");
    }
}
