using System.CommandLine;
using System.Globalization;
using Castalia.Cli.Display;
using Castalia.Evaluation;

namespace Castalia.Cli.Verbs.Evaluation;

/// <summary><c>castalia eval compare</c>: two models' samples, document by document.</summary>
internal static class EvalCompareVerb
{
    public static Command Create()
    {
        var a = new Argument<string>("SAMPLES_A") { Description = "A file of samples (--log_samples)." };
        var b = new Argument<string>("SAMPLES_B") { Description = "Another one, of the same task." };
        var metric = new Option<string?>("--metric") { Description = "A metric between 0 and 1. [default: the first of the file]", HelpName = "name" };
        var filter = new Option<string?>("--filter") { Description = "A pipeline of filters. [default: the first of the file]", HelpName = "name" };
        var most = new Option<int>("--most") { Description = "Documents shown of those that changed.", HelpName = "n", DefaultValueFactory = _ => 20 };
        var command = new Command("compare", "Compare two models' samples of one task: what both, one or neither has right, and the documents that changed.") { a, b, metric, filter, most };
        command.SetAction(parsed =>
        {
            SamplesComparison comparison = SamplesComparison.Of(parsed.GetRequiredValue(a), parsed.GetRequiredValue(b), parsed.GetValue(metric), parsed.GetValue(filter));
            Console.WriteLine($"{TextTable.Shown(comparison.Metric)} ({TextTable.Shown(comparison.Filter)})");
            var counts = new TextTable(">both right", ">only A", ">only B", ">neither", ">p");
            counts.Add([.. new[] { comparison.Both, comparison.OnlyA, comparison.OnlyB, comparison.Neither }.Select(count => count.ToString(CultureInfo.InvariantCulture)),
                EvalDiffVerb.P(comparison.Test?.P)]);
            counts.Write(Console.Out);
            if (comparison.OtherDocuments > 0)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"note   {comparison.OtherDocuments} samples have another document, or none, in the other file."));
            if (comparison.Changed.Count == 0)
                return 0;
            Console.WriteLine();
            var changed = new TextTable(">doc_id", "right", "prompt's end", "target", "A", "B");
            foreach ((RecordedSample one, RecordedSample other) in comparison.Changed.Take(Math.Max(0, parsed.GetValue(most))))
            {
                string prompt = one.Answers.Count > 0 ? one.Answers[0].Context : "";
                changed.Add(one.Id.ToString(CultureInfo.InvariantCulture), SamplesComparison.Right(one, comparison.Metric) ? "A" : "B",
                    TextTable.Shown(prompt.Length > 48 ? prompt[^48..] : prompt, 60), TextTable.Shown(one.Target, 24), Answer(one), Answer(other));
            }
            changed.Write(Console.Out);
            if (comparison.Changed.Count > parsed.GetValue(most))
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"... of {comparison.Changed.Count} that changed; --most shows more."));
            return 0;
        });
        return Examples.Attach(command, ("by the normalized accuracy", "castalia eval compare a/samples_arc_easy.jsonl b/samples_arc_easy.jsonl --metric acc_norm"));
    }

    // Of choices the one that is most probable, else the text that was scored.
    private static string Answer(RecordedSample sample)
    {
        RecordedAnswer? best = sample.Answers.Count > 1 ? sample.Answers.Where(answer => answer.Loglikelihood is not null).MaxBy(answer => answer.Loglikelihood) : null;
        return TextTable.Shown(best is null ? sample.Filtered : best.Text.Length > 0 ? best.Text.Trim() : best.Context.Trim(), 32);
    }
}
