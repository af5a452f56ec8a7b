using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Evaluation;
using Castalia.Recipes.Stages.Kinds;

namespace Castalia.Cli.Verbs.Evaluation;

/// <summary><c>castalia eval validate</c>: whether tasks can be run, without a model.</summary>
internal static class EvalValidateVerb
{
    public static Command Create()
    {
        var tasks = new Option<string[]>("--tasks", "-t") { Description = "Tasks, groups, tags, patterns, task files; with spaces or commas between.", AllowMultipleArgumentsPerToken = true, Required = true, HelpName = "task" };
        var data = new Option<bool>("--data") { Description = "Also read the tasks' data and build every prompt." };
        var datasets = new Option<string[]>("--datasets") { Description = "A folder in which data sets are looked for; may be given several times.", AllowMultipleArgumentsPerToken = true, HelpName = "folder", DefaultValueFactory = _ => [] };
        var standIns = new Option<bool>("--stand_ins") { Description = "Take the split that a folder of data sets names in place of one that it lacks." };
        Option<string[]> include = EvalListVerb.IncludePath();
        var command = new Command("validate", "Check that tasks are there and say what a task has to. Ends with 1 where one does not.") { tasks, data, datasets, standIns, include };
        command.SetAction(async (parsed, cancellation) =>
        {
            TaskLibrary library = EvalListVerb.Open(parsed, include);
            EvalListVerb.Warn(library, all: true);
            var found = new List<TaskNode>();
            var failures = new List<(string Name, InputException Error)>();
            foreach (string name in parsed.GetRequiredValue(tasks).SelectMany(names => names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).SelectMany(Names))
            {
                try
                {
                    found.AddRange(library.Load(name));
                }
                catch (InputException error)
                {
                    failures.Add((name, error));
                }
            }
            // A pattern's names are looked at one by one: that two groups share a task is no fault.
            IEnumerable<string> Names(string pattern)
            {
                try
                {
                    return library.Matching(pattern);
                }
                catch (InputException error)
                {
                    failures.Add((pattern, error));
                    return [];
                }
            }
            TaskConfig[] configs = [.. found.SelectMany(node => node.Tasks).DistinctBy(task => task.Task)];
            if (parsed.GetValue(data) && found.Count > 0)
            {
                var options = new EvaluationOptions { Datasets = new DatasetLibrary { Folders = [.. parsed.GetValue(datasets) ?? [], EvalStage.OwnDatasets], StandIns = parsed.GetValue(standIns) } };
                // One that fails alone is told in the plan; when all do, the first of them is thrown.
                EvaluationPlan plan = await ProgressDisplay.ShowAsync(progress => EvaluationPlan.Build([.. configs.Select(config => new TaskLeaf(config))], options, progress, cancellation));
                failures.AddRange(plan.Failures.Select(failure => (failure.Task, failure.Error)));
                foreach (PlannedTask task in plan.Tasks)
                    Console.WriteLine(FormattableString.Invariant($"{task.Config.Task}: {task.Instances.Count} documents, {task.RequestCount} requests"));
            }
            else
            {
                foreach (TaskConfig config in configs)
                    Console.WriteLine($"{config.Task}: {config.File}");
            }
            foreach ((string name, InputException error) in failures)
                Console.Error.WriteLine($"wrong  {TextTable.Shown(name)}: {TextTable.Shown(error.Message, 1200)}");
            int sound = configs.Length - failures.Count(failure => configs.Any(config => config.Task == failure.Name));
            Console.WriteLine(FormattableString.Invariant($"{sound} tasks can be run{(failures.Count == 0 ? "" : $", {failures.Count} cannot")}."));
            return failures.Count == 0 ? 0 : 1;
        });
        return Examples.Attach(command,
            ("tasks of one's own", "castalia eval validate --tasks my_task --include_path my-tasks"),
            ("with their data", "castalia eval validate --tasks mmlu --data --datasets hub"));
    }
}
