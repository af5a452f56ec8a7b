using System.CommandLine;
using System.Diagnostics;
using Castalia.Bench.Inference;
using Castalia.Bench.Output;
using Castalia.Bench.Tokenizers;
using Castalia.Evaluation;
using Castalia.Models;
using Spectre.Console;

namespace Castalia.Bench.Harness;

/// <summary>What one side came to on one task or group.</summary>
/// <param name="Task">The task or group, and its number of examples.</param>
/// <param name="Side">Which way of answering.</param>
/// <param name="Documents">Documents evaluated.</param>
/// <param name="Requests">Requests answered.</param>
/// <param name="DocumentsPerSecond">By the median over the rounds, from prompts to metrics.</param>
/// <param name="OursFaster">Median over the rounds of this side's time by ours in the same round; null for ours itself.</param>
/// <param name="SameMetrics">Whether every metric equals ours; null for ours itself.</param>
/// <param name="LargestDifference">The largest difference of a log-likelihood from ours, in nats.</param>
/// <param name="Seconds">Every round's wall time.</param>
internal sealed record HarnessRow(string Task, string Side, int Documents, int Requests, double DocumentsPerSecond, double? OursFaster, bool? SameMetrics,
    double? LargestDifference, IReadOnlyList<double> Seconds);

/// <summary><c>bench harness</c>: shared beginnings against a pass a request and against lm-eval's grouping; and what is left without a model.</summary>
internal static class HarnessCommand
{
    private static readonly (string Name, int Shots)[] Measured = [("arc_easy", 5), ("hellaswag", 0), ("mmlu", 5)];

    public static Command Create()
    {
        Option<string[]> tasks = new("--tasks") { Description = "Tasks and groups.", DefaultValueFactory = _ => [.. Measured.Select(task => task.Name)], AllowMultipleArgumentsPerToken = true };
        Option<int?> shots = new("--shots") { Description = "Examples of every task; arc_easy and mmlu have 5 of themselves, others none." };
        Option<int> limit = new("--limit") { Description = "Documents of each task.", DefaultValueFactory = _ => 100 };
        Option<int> subtasks = new("--subtasks") { Description = "Tasks of a group, taken evenly.", DefaultValueFactory = _ => 4 };
        Option<DirectoryInfo[]> datasets = new("--datasets") { Description = "Folders that hold data sets.", AllowMultipleArgumentsPerToken = true };
        Option<DirectoryInfo[]> include = new("--include_path") { Description = "Folders with more tasks.", AllowMultipleArgumentsPerToken = true };
        Option<string> size = new("--size") { Description = "The model: a Pythia size, with random weights.", DefaultValueFactory = _ => "70m" };
        Option<WeightType> type = new("--type") { Description = "What weights are kept in and computed with.", DefaultValueFactory = _ => WeightType.Float32 };
        Option<int> rounds = new("--rounds") { Description = "Measured runs of every side.", DefaultValueFactory = _ => 1 };
        Option<FileInfo?> json = new("--json") { Description = "Also write the figures to this file." };
        Command command = new("harness", "Measures evaluations with shared beginnings beside a pass a request and beside lm-eval's grouping.")
            { tasks, shots, limit, subtasks, datasets, include, size, type, rounds, json };
        command.SetAction(result =>
        {
            string[] folders = [Path.Combine(BenchCorpus.RepositoryRoot, "tasks"), .. (result.GetValue(include) ?? []).Select(folder => folder.FullName)];
            TaskLibrary library = TaskLibrary.Open(folders);
            var data = new DatasetLibrary { Folders = [.. (result.GetValue(datasets) ?? []).Select(folder => folder.FullName)], StandIns = true };
            using Transformer transformer = OurModel.Create(Shapes.Named(result.GetValue(size)!), result.GetValue(type));
            Text.Tokenizer tokenizer = Vocabularies.Ours("gpt-neox-20b");
            List<HarnessRow> rows = [];
            List<PlumbingRow> plumbing = [];
            foreach (string name in result.GetValue(tasks)!)
            {
                var options = new EvaluationOptions
                {
                    NumFewshot = result.GetValue(shots) ?? Measured.FirstOrDefault(task => task.Name == name).Shots,
                    Datasets = data,
                    BootstrapIterations = 0,
                };
                IReadOnlyList<TaskNode> nodes = library.Load(name);
                plumbing.Add(Plumbing(name, nodes, options));
                string[] all = [.. nodes.SelectMany(node => node.Tasks).Select(task => task.Task)];
                int count = Math.Min(all.Length, result.GetValue(subtasks));
                IReadOnlyList<TaskNode> some = library.Load([.. Enumerable.Range(0, count).Select(i => all[i * all.Length / count])]);
                rows.AddRange(Measure($"{name}, {options.NumFewshot} shots", some, options with { Limit = result.GetValue(limit) }, transformer, tokenizer, result.GetValue(rounds)));
            }
            AnsiConsole.WriteLine(Machine.Describe());
            AnsiConsole.WriteLine($"pythia-{result.GetValue(size)} with random weights, {result.GetValue(type)}; sides take whole evaluations in turn");
            Tables.Harness(rows, plumbing);
            Tables.WriteJson(result.GetValue(json), new { Machine = Machine.Describe(), Rows = rows, Plumbing = plumbing });
            return 0;
        });
        return command;
    }

    private static List<HarnessRow> Measure(string name, IReadOnlyList<TaskNode> nodes, EvaluationOptions options, Transformer transformer, Text.Tokenizer tokenizer, int rounds)
    {
        EvaluationPlan plan = EvaluationPlan.Build(nodes, options);
        ILanguageModel[] sides =
        [
            new TransformerLanguageModel(transformer, tokenizer, "shared beginnings"),
            new RequestPasses(transformer, tokenizer, groups: false),
            new RequestPasses(transformer, tokenizer, groups: true),
        ];
        EvaluationPlan warmup = EvaluationPlan.Build(nodes, options with { Limit = 2 });
        foreach (ILanguageModel side in sides)
            Evaluator.Evaluate(warmup, side);
        double[][] seconds = [.. sides.Select(_ => new double[rounds])];
        var results = new EvaluationResult[sides.Length];
        for (int round = 0; round < rounds; round++)
        {
            for (int side = 0; side < sides.Length; side++)
            {
                long start = Stopwatch.GetTimestamp();
                results[side] = Evaluator.Evaluate(plan, sides[side]);
                seconds[side][round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
                AnsiConsole.WriteLine(FormattableString.Invariant($"{name}, {sides[side].Name}: {seconds[side][round]:f1} s"));
            }
        }
        int documents = plan.Tasks.Sum(task => task.Instances.Count);
        return [.. sides.Select((side, i) => new HarnessRow(name, side.Name, documents, plan.RequestCount, documents / Statistics.Median(seconds[i]),
            i == 0 ? null : Statistics.Median([.. seconds[i].Zip(seconds[0], (their, our) => their / our)]),
            i == 0 ? null : Metrics(results[i]).SequenceEqual(Metrics(results[0])),
            i == 0 ? null : Answers(results[i]).Zip(Answers(results[0]), (their, our) => Math.Abs(their - our)).Max(), seconds[i]))];
    }

    private static PlumbingRow Plumbing(string name, IReadOnlyList<TaskNode> nodes, EvaluationOptions options)
    {
        long start = Stopwatch.GetTimestamp();
        EvaluationPlan plan = EvaluationPlan.Build(nodes, options);
        double built = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Evaluator.Evaluate(plan, new Sha256LanguageModel());
        return new PlumbingRow($"{name}, {options.NumFewshot} shots", plan.RequestCount, built, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static IEnumerable<double> Metrics(EvaluationResult result) => result.Tasks.SelectMany(task => task.Metrics).Select(metric => metric.Value);

    private static IEnumerable<double> Answers(EvaluationResult result) =>
        result.Tasks.SelectMany(task => task.Samples).SelectMany(sample => sample.Answers).SelectMany(answers => answers).OfType<Evaluation.Loglikelihood>().Select(answer => answer.Value);
}

/// <summary>A whole task without a model: everything that the harness itself does.</summary>
/// <param name="Task">The task or group, and its number of examples.</param>
/// <param name="Requests">Its requests, with no limit.</param>
/// <param name="BuildSeconds">Until every request is built.</param>
/// <param name="Seconds">Until the metrics are there.</param>
internal sealed record PlumbingRow(string Task, int Requests, double BuildSeconds, double Seconds);
