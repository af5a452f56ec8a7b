using System.Text;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Turns the filtered answers of one document into one item a metric, by the rules of the task's output type or its own function.</summary>
internal static class DocumentScorer
{
    /// <summary>One item a metric.</summary>
    /// <param name="config">The task.</param>
    /// <param name="instance">The document.</param>
    /// <param name="answers">One answer a request, after the filters.</param>
    /// <exception cref="InputException">A built-in function of the task cannot do with the document or the answer.</exception>
    public static IReadOnlyList<MetricScore> Score(TaskConfig config, TaskInstance instance, IReadOnlyList<object?> answers)
    {
        if (config.Metrics is [{ Name: "bypass", Metric: not null } bypass])
            return [new MetricScore(bypass.Name, bypass.Metric.Score(new GenerationOutcome([], null), bypass.Options))];
        if (config.ProcessResults is { } function)
        {
            Row items = instance.Document.Run(config, "process_results", () => function.Apply(instance.Document.Row, answers));
            return [.. items.Select(item => new MetricScore(item.Key, MetricItem.Of(item.Value)))];
        }
        if (config.OutputType == OutputType.GenerateUntil)
            return instance.Document.Run(config, "metric_list", () => Generated(config, instance, answers[0]));
        Outcome outcome = config.OutputType switch
        {
            OutputType.MultipleChoice => Choice(config, instance, answers),
            OutputType.Loglikelihood => new TargetOutcome(Answer(config, answers[0])),
            _ => new RollingOutcome((double)answers[0]!, Words(instance.Rolling!.Text), Encoding.UTF8.GetByteCount(instance.Rolling.Text)),
        };
        var scores = new MetricScore[config.Metrics.Count];
        for (int i = 0; i < scores.Length; i++)
        {
            MetricConfig metric = config.Metrics[i];
            scores[i] = new MetricScore(metric.Name, metric.Metric!.Score(outcome, metric.Options));
        }
        return scores;
    }

    private static ChoiceOutcome Choice(TaskConfig config, TaskInstance instance, IReadOnlyList<object?> answers)
    {
        int count = instance.Choices!.Count;
        Loglikelihood[] all = [.. answers.Select(answer => Answer(config, answer))];
        return new ChoiceOutcome(instance.Choices, instance.Gold, all[..count], all.Length > count ? all[count..] : null);
    }

    private static Loglikelihood Answer(TaskConfig config, object? answer) => answer is Loglikelihood loglikelihood ? loglikelihood
        : throw new InputException(config.File, $"task '{config.Task}', filter_list",
            $"the filters leave a {PythonOperators.TypeName(answer)} where a log-likelihood is scored.", "Let them choose among repeats and no more.");

    private static List<MetricScore> Generated(TaskConfig config, TaskInstance instance, object? prediction)
    {
        var outcome = new GenerationOutcome(References(instance), prediction);
        var scores = new List<MetricScore>(config.Metrics.Count);
        foreach (MetricConfig metric in config.Metrics)
        {
            if (metric.Function is not { } function)
            {
                scores.Add(new MetricScore(metric.Name, metric.Metric!.Score(outcome, metric.Options)));
                continue;
            }
            object? score = function.Apply(outcome.References, [prediction], metric.Options);
            if (score is Row several)
                scores.AddRange(several.Select(one => new MetricScore(one.Key, MetricItem.Of(one.Value))));
            else
                scores.Add(new MetricScore(metric.Name, MetricItem.Of(score)));
        }
        return scores;
    }

    /// <summary>The right answers: the target, or the choice it names; each as text.</summary>
    private static IReadOnlyList<object?> References(TaskInstance instance) => instance.Target switch
    {
        long index when instance.Choices is { } choices => [choices[(int)(index < 0 ? index + choices.Count : index)]],
        IReadOnlyList<object?> several => several,
        var one => [PythonText.Str(one)],
    };

    /// <summary>Length of <c>re.split(r"\s+", text)</c>: a run of white space at either end makes an empty word.</summary>
    internal static long Words(string text)
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
