using System.CommandLine;
using System.Globalization;
using Castalia.Cli.Display;
using Castalia.Evaluation;

namespace Castalia.Cli.Verbs.Evaluation;

/// <summary><c>castalia eval view</c>: samples as one page to read in a browser.</summary>
internal static class EvalViewVerb
{
    public static Command Create()
    {
        var samples = new Argument<string[]>("SAMPLES") { Description = "Files of samples (--log_samples).", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--output", "-o") { Description = "The page's file.", HelpName = "page.html", Required = true };
        var command = new Command("view", "Write samples as one HTML page with filters and search, which needs nothing beside it.") { samples, output };
        command.SetAction(parsed =>
        {
            int count = SamplesPage.Write(parsed.GetRequiredValue(output), parsed.GetRequiredValue(samples));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Written: {parsed.GetRequiredValue(output)} ({count:N0} samples)"));
            return 0;
        });
        return Examples.Attach(command, ("all tasks of a run", "castalia eval view results/model/samples_*.jsonl -o samples.html"));
    }
}
