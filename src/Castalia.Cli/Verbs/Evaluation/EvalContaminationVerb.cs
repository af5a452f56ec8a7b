using System.CommandLine;
using System.Globalization;
using Castalia.Cli.Display;
using Castalia.Data;
using Castalia.Evaluation;
using Castalia.Formats;
using Castalia.Recipes.Stages.Kinds;
using Castalia.Text.Jinja.Python;

namespace Castalia.Cli.Verbs.Evaluation;

/// <summary><c>castalia eval contamination</c>: what a corpus has of the documents of tasks.</summary>
internal static class EvalContaminationVerb
{
    public static Command Create()
    {
        var tasks = new Option<string[]>("--tasks", "-t") { Description = "Tasks, groups, tags; with spaces or commas between.", AllowMultipleArgumentsPerToken = true, Required = true, HelpName = "task" };
        var corpus = new Option<string[]>("--corpus") { Description = "What a model was trained on: .jsonl, .jsonl.zst, .jsonl.gz, or folders of these.", AllowMultipleArgumentsPerToken = true, Required = true, HelpName = "file" };
        var length = new Option<int>("--ngram") { Description = "Words that must stand in a row.", HelpName = "n", DefaultValueFactory = _ => ContaminationCheck.DefaultLength };
        var samples = new Option<string?>("--samples") { Description = "A file of one task's samples: its numbers over documents that were found, and over those that were not.", HelpName = "file" };
        var output = new Option<string?>("--output", "-o") { Description = "Write a line of JSON for each document.", HelpName = "file" };
        var limit = new Option<double?>("--limit", "-L") { Description = "Documents of each task, or a share below 1.", HelpName = "n" };
        var datasets = new Option<string[]>("--datasets") { Description = "A folder in which data sets are looked for; may be given several times.", AllowMultipleArgumentsPerToken = true, HelpName = "folder", DefaultValueFactory = _ => [] };
        Option<string[]> include = EvalListVerb.IncludePath();
        var command = new Command("contamination", "Look for the documents of tasks in a corpus, by words in a row.") { tasks, corpus, length, samples, output, limit, datasets, include };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(length) is < 2 or > 1000)
                throw new InputException("--ngram", null, $"{parsed.GetValue(length)} is no number of words in a row.", "Give a number from 2 to 1000; 13 is usual.");
            IReadOnlyList<TaskNode> nodes = EvalListVerb.Open(parsed, include).Load(
                parsed.GetRequiredValue(tasks).SelectMany(names => names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
            var options = new EvaluationOptions { Limit = parsed.GetValue(limit), Datasets = new DatasetLibrary { Folders = [.. parsed.GetValue(datasets) ?? [], EvalStage.OwnDatasets] } };
            IReadOnlyList<DocumentOverlap> overlaps = await ProgressDisplay.ShowAsync(progress => ContaminationCheck.Run(
                nodes, options, DocumentReader.Read(parsed.GetRequiredValue(corpus), cancellation), parsed.GetValue(length), progress, cancellation));
            if (parsed.GetValue(output) is { } path)
                AtomicFile.WriteAllText(path, string.Concat(overlaps.Select(overlap => Line(overlap) + "\n")));
            var table = new TextTable("task", ">documents", ">too short", ">found", ">share", "first");
            foreach (IGrouping<string, DocumentOverlap> task in overlaps.GroupBy(overlap => overlap.Task, StringComparer.Ordinal))
            {
                int found = task.Count(overlap => overlap.IsContaminated), checkable = task.Count(overlap => overlap.NGrams > 0);
                table.Add(TextTable.Shown(task.Key), Number(task.Count()), Number(task.Count() - checkable), Number(found), Share(found, checkable),
                    TextTable.Shown(task.FirstOrDefault(overlap => overlap.IsContaminated) is { } one ? $"document {one.Document} in {one.Where}: {one.Words}" : "", 80));
            }
            table.Write(Console.Out);
            if (parsed.GetValue(samples) is { } file)
                Compare(file, overlaps);
            return 0;
        });
        return Examples.Attach(command, ("tasks against what a model was trained on", "castalia eval contamination --tasks arc_easy,lambada_openai --corpus runs/mini-pythia/data/train.jsonl.zst"));
    }

    /// <summary>A task's numbers over the documents that were found and over the others.</summary>
    private static void Compare(string file, IReadOnlyList<DocumentOverlap> overlaps)
    {
        if (overlaps.Select(overlap => overlap.Task).Distinct(StringComparer.Ordinal).Count() > 1)
            throw new InputException("--samples", null, "a file of samples is one task's, and several tasks were checked.", "Name its task alone with --tasks.");
        // Documents that were not checked, or are too short to be, are on neither side.
        var found = overlaps.Where(overlap => overlap.NGrams > 0).ToDictionary(overlap => (long)overlap.Document, overlap => overlap.IsContaminated);
        var values = RecordedSample.Read(file, texts: false).Where(sample => found.ContainsKey(sample.Id))
            .SelectMany(sample => sample.Metrics.Select(metric => (Key: $"{metric.Key} ({sample.Filter})", Found: found[sample.Id], metric.Value)));
        Console.WriteLine();
        var table = new TextTable("metric", ">found", ">documents", ">not found", ">documents");
        foreach (var metric in values.GroupBy(value => value.Key, StringComparer.Ordinal))
        {
            double[] dirty = [.. metric.Where(value => value.Found).Select(value => value.Value)], clean = [.. metric.Where(value => !value.Found).Select(value => value.Value)];
            table.Add(TextTable.Shown(metric.Key), Mean(dirty), Number(dirty.Length), Mean(clean), Number(clean.Length));
        }
        table.Write(Console.Out);
    }

    private static string Line(DocumentOverlap overlap) => PythonJson.Dumps(new OrderedDictionary<string, object?>
    {
        ["task"] = overlap.Task,
        ["doc_id"] = (long)overlap.Document,
        ["ngrams"] = (long)overlap.NGrams,
        ["found"] = (long)overlap.Found,
        ["corpus_id"] = overlap.Where,
        ["words"] = overlap.Words,
    }, ensureAscii: false);

    private static string Mean(double[] values) => values.Length == 0 ? "" : values.Average().ToString("F4", CultureInfo.InvariantCulture);

    private static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Share(int found, int all) => all == 0 ? "" : ((double)found / all).ToString("P2", CultureInfo.InvariantCulture);
}
