using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Puts a plan's requests to a model and turns the answers into metrics.</summary>
public static class Evaluator
{
    /// <summary>Runs a plan.</summary>
    /// <param name="plan">What to ask.</param>
    /// <param name="model">What answers.</param>
    /// <param name="progress">Told about requests answered.</param>
    /// <param name="cancellationToken">Stops the model.</param>
    public static EvaluationResult Evaluate(
        EvaluationPlan plan, ILanguageModel model, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(model);
        // All tasks go to the model together: it packs requests of like length whatever task they are of.
        TaskInstance[] instances = [.. plan.Tasks.SelectMany(task => task.Instances)];
        LoglikelihoodRequest[] requests = [.. instances.SelectMany(instance => instance.Requests)];
        RollingRequest[] rolling = [.. instances.Select(instance => instance.Rolling).OfType<RollingRequest>()];
        int done = 0, all = requests.Length + rolling.Length;
        void Count() => progress?.Report(new WorkProgress($"evaluate {model.Name}", ++done, all, "requests"));
        IReadOnlyList<Loglikelihood> answers = requests.Length == 0 ? [] : model.Loglikelihoods(requests, (_, _) => Count(), cancellationToken);
        IReadOnlyList<double> rollingAnswers = rolling.Length == 0 ? [] : model.RollingLoglikelihoods(rolling, (_, _) => Count(), cancellationToken);
        if (answers.Count != requests.Length || rollingAnswers.Count != rolling.Length)
            throw new InvalidOperationException($"The model '{model.Name}' answered {answers.Count + rollingAnswers.Count} of {requests.Length + rolling.Length} requests.");

        var results = new TaskResult[plan.Tasks.Count];
        int next = 0, nextRolling = 0;
        for (int i = 0; i < results.Length; i++)
        {
            PlannedTask task = plan.Tasks[i];
            var samples = new SampleResult[task.Instances.Count];
            for (int j = 0; j < samples.Length; j++)
            {
                TaskInstance instance = task.Instances[j];
                var own = new Loglikelihood[instance.Requests.Count];
                for (int k = 0; k < own.Length; k++)
                    own[k] = answers[next++];
                double? text = instance.Rolling is null ? null : rollingAnswers[nextRolling++];
                samples[j] = Score(task.Config, instance, own, text);
            }
            results[i] = Summarise(task, samples, plan.Options, cancellationToken);
        }
        var byName = results.ToDictionary(result => result.Task.Task, StringComparer.Ordinal);
        GroupResult[] groups = [.. plan.Nodes.OfType<TaskGroup>().SelectMany(group => GroupResult.Of(group, byName))];
        return new EvaluationResult(model.Name, plan, results, groups);
    }

    private static SampleResult Score(TaskConfig config, TaskInstance instance, Loglikelihood[] answers, double? rolling)
    {
        Outcome outcome = config.OutputType switch
        {
            OutputType.MultipleChoice => new ChoiceOutcome(instance.Choices!, instance.Gold, answers[..instance.Choices!.Count],
                answers.Length > instance.Choices.Count ? answers[instance.Choices.Count..] : null),
            OutputType.Loglikelihood => new TargetOutcome(answers[0]),
            _ => new RollingOutcome(rolling!.Value, Words(instance.Rolling!.Text), System.Text.Encoding.UTF8.GetByteCount(instance.Rolling.Text)),
        };
        return new SampleResult(instance, answers, rolling, [.. config.Metrics.Select(metric => metric.Metric.Score(outcome))]);
    }

    private static TaskResult Summarise(PlannedTask task, SampleResult[] samples, EvaluationOptions options, CancellationToken cancellationToken)
    {
        var values = new MetricValue[task.Config.Metrics.Count];
        for (int i = 0; i < values.Length; i++)
        {
            MetricConfig metric = task.Config.Metrics[i];
            MetricItem[] items = [.. samples.Select(sample => sample.Items[i])];
            values[i] = new MetricValue(metric.Metric.Name, metric.Aggregation.Combine(items),
                StandardError.Of(metric.Aggregation, items, options.BootstrapIterations, cancellationToken), metric.HigherIsBetter);
        }
        return new TaskResult(task.Config, task.Fewshot, task.Total, values, samples);
    }

    /// <summary>Length of <c>re.split(r"\s+", text)</c>: a run of white space at either end makes an empty word.</summary>
    private static long Words(string text)
    {
        long words = 1;
        for (int i = 0; i < text.Length; i++)
        {
            if (PythonString.IsSpace(text[i]) && (i == 0 || !PythonString.IsSpace(text[i - 1])))
                words++;
        }
        return words;
    }
}
