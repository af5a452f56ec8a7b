namespace Castalia.Evaluation;

/// <summary>Puts a plan's requests to a model and turns the answers into metrics.</summary>
public static class Evaluator
{
    /// <summary>Runs a plan. A task that cannot be answered or scored is told in the result; the others are not touched by it.</summary>
    /// <param name="plan">What to ask.</param>
    /// <param name="model">What answers.</param>
    /// <param name="progress">Told about requests answered.</param>
    /// <param name="cancellationToken">Stops the model.</param>
    /// <param name="scored">Told each task's result as it is there.</param>
    public static EvaluationResult Evaluate(EvaluationPlan plan, ILanguageModel model, IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default, Action<TaskResult>? scored = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(model);
        var results = new Dictionary<string, TaskResult>(StringComparer.Ordinal);
        var failures = new List<TaskFailure>(plan.Failures);
        var questioner = new Questioner(plan, model, progress, cancellationToken);
        foreach (AnsweredTask task in questioner.Answers())
        {
            if (task.Error is not null)
            {
                failures.Add(new TaskFailure(task.Task.Config.Task, task.Error));
                continue;
            }
            try
            {
                TaskResult result = TaskScorer.Score(task.Task, task.Answers, plan.Options, cancellationToken);
                results[result.Task.Task] = result;
                scored?.Invoke(result);
            }
            catch (InputException error)
            {
                failures.Add(new TaskFailure(task.Task.Config.Task, error));
            }
        }
        GroupResult[] groups = [.. plan.Nodes.OfType<TaskGroup>().SelectMany(group => GroupResult.Of(group, results))];
        return new EvaluationResult(model.Name, plan,
            [.. plan.Tasks.Select(task => results.GetValueOrDefault(task.Config.Task)).OfType<TaskResult>()], groups, failures);
    }
}
