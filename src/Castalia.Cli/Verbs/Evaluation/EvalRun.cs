using System.Diagnostics;
using System.Globalization;
using Castalia.Cli.Display;
using Castalia.Evaluation;
using Castalia.Recipes;
using Castalia.Recipes.Stages.Kinds;
using Castalia.Text.Jinja.Python;

namespace Castalia.Cli.Verbs.Evaluation;

/// <summary>One run of the harness from arguments to files and a table.</summary>
internal static class EvalRun
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Runs and says what came of it.</summary>
    /// <returns>0 if every task has its numbers, else 1.</returns>
    public static async Task<int> RunAsync(RunArguments arguments, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        DateTimeOffset date = DateTimeOffset.Now;
        foreach (string note in arguments.Notes)
            Console.Error.WriteLine("note   " + note);
        if (arguments.Limit is not null)
            Console.Error.WriteLine("note   --limit is for tries: the numbers are not those of the whole tasks.");
        IReadOnlyList<TaskNode> nodes = Load(arguments);
        using OpenModel opened = await ProgressDisplay.ShowAsync(_ => LanguageModels.Open(arguments.Model, ModelArguments(arguments)));
        using AnswerStore? store = arguments.UseCache is { } cache ? AnswerStore.Open(cache) : null;
        StoredAnswers? stored = store is null ? null
            : new StoredAnswers(opened.Model, store, await ProgressDisplay.ShowAsync(progress => opened.Identity(progress, cancellation)));
        ILanguageModel model = stored ?? opened.Model;
        EvaluationOptions options = Options(arguments, model);
        RunDescription description = new()
        {
            ModelKind = opened.Kind,
            ModelArguments = arguments.ShownModelArguments,
            Model = model.Description,
            BatchSize = arguments.BatchSize,
            UseCache = arguments.UseCache,
            Seeds = arguments.Seeds,
            Metadata = arguments.Metadata,
            Date = date,
        };
        ResultsLayout? layout = arguments.OutputPath is { } path ? ResultsLayout.Of(path, description.NameOf(model.Name), date) : null;
        EvaluationResult result = await ProgressDisplay.ShowAsync(progress =>
        {
            EvaluationPlan plan = EvaluationPlan.Build(nodes, options, progress, cancellation);
            if (arguments.WriteOut)
                WriteOut(plan);
            return Evaluator.Evaluate(plan, model, progress, cancellation, task =>
            {
                if (layout is not null && arguments.LogSamples)
                    SamplesFile.Write(layout.Samples(task.Task.Task), task);
                ProgressDisplay.Say(progress, Line(task));
            });
        });
        description = description with { Model = model.Description, Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds };
        if (layout is not null)
            ResultsFile.Write(layout, result, description);
        if (arguments.ShowConfig)
            Console.WriteLine(ResultsFile.Text(result, description));
        Show(arguments, result, layout, stored);
        return result.Failures.Count == 0 ? 0 : 1;
    }

    /// <summary>The tasks that are asked for, those of included folders before our own.</summary>
    private static IReadOnlyList<TaskNode> Load(RunArguments arguments)
    {
        TaskLibrary library = TaskLibrary.Open(arguments.IncludePaths.Prepend(EvalStage.OwnTasks));
        EvalListVerb.Warn(library, arguments.Verbosity is "DEBUG" or "INFO");
        return library.Load(arguments.Tasks);
    }

    /// <summary>A server is told the size of batches; a model of ours packs them itself.</summary>
    private static IReadOnlyDictionary<string, object?> ModelArguments(RunArguments arguments)
    {
        if (!arguments.Model.StartsWith("local-", StringComparison.Ordinal) || arguments.ModelArguments.ContainsKey("batch_size"))
            return arguments.ModelArguments;
        return new OrderedDictionary<string, object?>(arguments.ModelArguments.Append(new("batch_size", ArgumentText.Value(arguments.BatchSize))), StringComparer.Ordinal);
    }

    private static EvaluationOptions Options(RunArguments arguments, ILanguageModel model)
    {
        IChatFormat? chat = !arguments.ApplyChatTemplate ? null : model.Chat(arguments.ChatTemplate)
            ?? throw new InputException("--apply_chat_template", null, $"the model '{model.Name}' has no chat template.", "Run it without, or name a model that has one.");
        return new EvaluationOptions
        {
            NumFewshot = arguments.NumFewshot,
            Limit = arguments.Limit,
            Samples = arguments.Samples,
            BootstrapIterations = arguments.BootstrapIterations,
            FewshotSeed = arguments.Seeds[3] ?? 1234,
            SystemInstruction = arguments.SystemInstruction,
            Chat = chat,
            FewshotAsMultiturn = arguments.FewshotAsMultiturn,
            GenerationArguments = arguments.GenerationArguments,
            PredictOnly = arguments.PredictOnly,
            Datasets = new DatasetLibrary { Folders = [.. arguments.Datasets, EvalStage.OwnDatasets], StandIns = arguments.StandIns },
        };
    }

    /// <summary>A task's numbers on one line.</summary>
    private static string Line(TaskResult task) => $"{task.Task.Task}: " + string.Join("  ", task.Metrics.Select(metric => string.Create(
        Invariant, $"{metric.Metric}{(metric.Filter == "none" ? "" : $" ({metric.Filter})")} {metric.Value:F4}{(metric.Error is { } error ? $" ± {error:F4}" : "")}")))
        + string.Create(Invariant, $"  ({task.Samples.Count:N0} documents)");

    private static void WriteOut(EvaluationPlan plan)
    {
        foreach (PlannedTask task in plan.Tasks.Where(task => task.Instances.Count > 0))
        {
            TaskInstance first = task.Instances[0];
            Console.WriteLine($"Task: {task.Config.Task}; document {first.Document.Id.ToString(Invariant)}; context prompt (starting on next line):");
            TerminalText.Write(first.Prompt + "\n");
            Console.WriteLine("(end of prompt on previous line)\ntarget string or answer choice index (starting on next line):");
            TerminalText.Write(PythonText.Str(first.Target) + "\n");
            Console.WriteLine("(end of target on previous line)");
            if (first.Requests.Count > 0)
                TerminalText.Write($"Request: {PythonText.Repr(first.Requests[0].Context)}, {PythonText.Repr(first.Requests[0].Continuation)}\n");
        }
    }

    private static void Show(RunArguments arguments, EvaluationResult result, ResultsLayout? layout, StoredAnswers? stored)
    {
        string generation = arguments.GenerationArguments is { } given ? PythonText.Repr(given) : "None";
        Console.WriteLine(string.Create(Invariant,
            $"{arguments.Model} ({PythonText.Repr(arguments.ShownModelArguments)}), gen_kwargs: ({generation}), limit: {PythonText.Repr(arguments.Limit)}, num_fewshot: {PythonText.Repr(arguments.NumFewshot is { } shots ? (long)shots : null)}, batch_size: {arguments.BatchSize}"));
        Console.Write(ResultsTable.Of(result).ToMarkdown());
        ResultsTable groups = ResultsTable.OfGroups(result);
        if (groups.Rows.Count > 0)
            Console.Write("\n" + groups.ToMarkdown());
        foreach (PlannedTask task in result.Plan.Tasks.Where(task => task.GoldsOutOfRange.Count > 0))
            Console.Error.WriteLine(string.Create(Invariant, $"note   {task.Config.Task}: in {task.GoldsOutOfRange.Count} documents the right answer is none of the choices, which counts as wrong whatever is answered."));
        if (stored is { Remembered: > 0 })
            Console.Error.WriteLine(string.Create(Invariant, $"note   {stored.Remembered:N0} of {result.Plan.RequestCount:N0} answers were in {arguments.UseCache} already."));
        if (layout is not null)
            Console.WriteLine($"Written: {layout.Results}");
        if (result.Failures.Count == 0)
            return;
        Console.Error.WriteLine();
        Console.Error.WriteLine(string.Create(Invariant, $"{result.Failures.Count} of {result.Failures.Count + result.Tasks.Count} tasks failed:"));
        foreach (TaskFailure failure in result.Failures)
            Console.Error.WriteLine($"failed {TextTable.Shown(failure.Task)}: {TextTable.Shown(failure.Error.Message, 1200)}");
    }
}
