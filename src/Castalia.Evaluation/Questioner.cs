namespace Castalia.Evaluation;

/// <summary>A task whose requests were put.</summary>
/// <param name="Task">The task.</param>
/// <param name="Answers">Of each document one list a request, with one answer a repeat; empty where the task failed.</param>
/// <param name="Error">What the model could not answer; null if it answered all.</param>
internal sealed record AnsweredTask(PlannedTask Task, IReadOnlyList<object?>[][] Answers, InputException? Error);

/// <summary>
/// Puts the requests of a plan to a model: one kind after the other, many tasks at a time, so that the model can pack requests of like length
/// whatever task they are of, and still few enough that tasks are scored while the run goes on.
/// </summary>
internal sealed class Questioner(EvaluationPlan plan, ILanguageModel model, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
{
    private const int RequestsAtATime = 8192;
    private const int MostFailures = 5;

    private readonly int _all = plan.RequestCount;
    private int _done;

    public IEnumerable<AnsweredTask> Answers()
    {
        foreach (RequestKind kind in plan.Kinds)
        {
            var waiting = new Queue<PlannedTask>(plan.Tasks.Where(task => task.Kind == kind));
            // A model that fails some tasks in a row is not asked again: a server that is gone would hold every task up.
            int silent = 0;
            InputException? last = null;
            while (waiting.Count > 0)
            {
                var batch = new List<PlannedTask>();
                for (int requests = 0; waiting.Count > 0 && (batch.Count == 0 || requests + waiting.Peek().RequestCount <= RequestsAtATime);)
                {
                    requests += waiting.Peek().RequestCount;
                    batch.Add(waiting.Dequeue());
                }
                foreach (AnsweredTask task in Put(kind, batch, () => silent >= MostFailures ? last : null))
                {
                    (silent, last) = task.Error is null ? (0, null) : (silent + 1, task.Error);
                    yield return task;
                }
            }
        }
    }

    /// <summary>Puts the requests of some tasks together; if that fails, those of each task that is not answered alone.</summary>
    private IEnumerable<AnsweredTask> Put(RequestKind kind, List<PlannedTask> batch, Func<InputException?> givenUp)
    {
        if (givenUp() is { } reason)
        {
            foreach (PlannedTask task in batch)
                yield return new AnsweredTask(task, [], reason);
            yield break;
        }
        var answered = new (bool There, object? Answer)[batch.Sum(task => task.RequestCount)];
        InputException? error = null;
        try
        {
            Put(kind, batch, answered);
        }
        catch (InputException failed)
        {
            error = failed;
        }
        int first = 0;
        foreach (PlannedTask task in batch)
        {
            ArraySegment<(bool There, object? Answer)> own = new(answered, first, task.RequestCount);
            first += task.RequestCount;
            if (own.All(answer => answer.There))
                yield return new AnsweredTask(task, Sorted(task, own), null);
            else if (batch.Count == 1)
                yield return new AnsweredTask(task, [], error);
            else
            {
                foreach (AnsweredTask alone in Put(kind, [task], givenUp))
                    yield return alone;
            }
        }
    }

    private void Put(RequestKind kind, List<PlannedTask> batch, (bool There, object? Answer)[] answered)
    {
        // Answers come back in their own type; boxed only here, where they are kept.
        void Keep<T>(int index, T answer)
        {
            bool again = answered[index].There;
            answered[index] = (true, answer);
            if (!again)
                progress?.Report(new WorkProgress($"evaluate {model.Name}", ++_done, _all, "requests"));
        }

        void All<T>(IReadOnlyList<T> answers)
        {
            if (answers.Count != answered.Length)
                throw new InvalidOperationException($"The model '{model.Name}' answered {answers.Count} of {answered.Length} requests.");
            for (int i = 0; i < answered.Length; i++)
                Keep(i, answers[i]);
        }

        switch (kind)
        {
            case RequestKind.Loglikelihood:
                All(model.Loglikelihoods(Repeated(batch, instance => instance.Requests, (request, _) => request), Keep, cancellationToken));
                break;
            case RequestKind.Rolling:
                All(model.RollingLoglikelihoods(Repeated<RollingRequest>(batch, instance => [instance.Rolling!], (request, _) => request), Keep, cancellationToken));
                break;
            default:
                All(model.Generate(Repeated<GenerationRequest>(batch, instance => [instance.Generation!], (request, i) => i == 0 ? request : request with { Repeat = i }), Keep, cancellationToken));
                break;
        }
    }

    private static List<T> Repeated<T>(List<PlannedTask> batch, Func<TaskInstance, IReadOnlyList<T>> requests, Func<T, int, T> repeat)
    {
        var all = new List<T>(batch.Sum(task => task.RequestCount));
        foreach (PlannedTask task in batch)
        {
            foreach (T request in task.Instances.SelectMany(requests))
            {
                for (int i = 0; i < task.Config.Repeats; i++)
                    all.Add(repeat(request, i));
            }
        }
        return all;
    }

    private static IReadOnlyList<object?>[][] Sorted(PlannedTask task, ArraySegment<(bool There, object? Answer)> answers)
    {
        int next = 0, repeats = task.Config.Repeats;
        var sorted = new IReadOnlyList<object?>[task.Instances.Count][];
        for (int i = 0; i < sorted.Length; i++)
        {
            sorted[i] = new IReadOnlyList<object?>[Math.Max(1, task.Instances[i].Requests.Count)];
            for (int j = 0; j < sorted[i].Length; j++)
            {
                var own = new object?[repeats];
                for (int k = 0; k < repeats; k++)
                    own[k] = answers[next++].Answer;
                sorted[i][j] = own;
            }
        }
        return sorted;
    }
}
