namespace Castalia.Evaluation;

/// <summary>Turns a task's answers into its metrics: filters, one item a document and metric, aggregates with their standard errors.</summary>
internal static class TaskScorer
{
    /// <summary>Scores a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="answers">Of each document one list a request, with one answer a repeat.</param>
    /// <param name="options">How standard errors are found.</param>
    /// <param name="cancellationToken">Stops a long bootstrap.</param>
    /// <exception cref="InputException">A filter or a metric cannot do with a document: names task and document.</exception>
    public static TaskResult Score(
        PlannedTask task, IReadOnlyList<object?>[][] answers, EvaluationOptions options, CancellationToken cancellationToken)
    {
        TaskConfig config = task.Config;
        var filtered = new FilteredSample[config.Filters.Count][];
        for (int i = 0; i < filtered.Length; i++)
            filtered[i] = Filtered(task, config.Filters[i], answers);
        var samples = new SampleResult[task.Instances.Count];
        for (int i = 0; i < samples.Length; i++)
            samples[i] = new SampleResult(task.Instances[i], answers[i], [.. filtered.Select(of => of[i])]);
        MetricValue[] values = [.. config.Filters.SelectMany((filter, i) => Values(config, filter.Name, filtered[i], options, cancellationToken))];
        return new TaskResult(config, task.Fewshot, task.Total, values, samples);
    }

    private static FilteredSample[] Filtered(PlannedTask task, FilterPipeline pipeline, IReadOnlyList<object?>[][] answers)
    {
        var samples = new FilteredSample[answers.Length];
        IReadOnlyList<object?>? flat = pipeline.Filters.Count == 0 ? null : Apply(task, pipeline, answers);
        int next = 0;
        for (int i = 0; i < samples.Length; i++)
        {
            var own = new object?[answers[i].Length];
            for (int j = 0; j < own.Length; j++)
                own[j] = flat is null ? answers[i][j][0] : flat[next++];
            samples[i] = new FilteredSample(pipeline.Name, own, DocumentScorer.Score(task.Config, task.Instances[i], own));
        }
        return samples;
    }

    /// <summary>Filters see the answers of all documents at once, as the harness's do.</summary>
    private static IReadOnlyList<object?> Apply(PlannedTask task, FilterPipeline pipeline, IReadOnlyList<object?>[][] answers)
    {
        IReadOnlyList<object?> current = [.. answers.SelectMany(of => of)];
        Row[] documents = [.. task.Instances.SelectMany((instance, i) => Enumerable.Repeat(instance.Document.Row, answers[i].Length))];
        foreach (IFilter filter in pipeline.Filters)
        {
            IReadOnlyList<object?> input = current;
            current = task.Instances[0].Document.Run(task.Config, $"filter_list '{pipeline.Name}'", () => filter.Apply(input, documents));
            if (current.Count != input.Count)
                throw new InputException(task.Config.File, $"task '{task.Config.Task}', filter_list '{pipeline.Name}'",
                    $"a filter gave {current.Count} answers for {input.Count}.", "A filter keeps one entry a request.");
        }
        return current;
    }

    private static IEnumerable<MetricValue> Values(
        TaskConfig config, string filter, FilteredSample[] samples, EvaluationOptions options, CancellationToken cancellationToken)
    {
        // Metrics in the order in which documents first give them: a function may give some for some documents only.
        var items = new OrderedDictionary<string, List<MetricItem>>(StringComparer.Ordinal);
        foreach (MetricScore score in samples.SelectMany(sample => sample.Scores))
        {
            if (!items.TryGetValue(score.Metric, out List<MetricItem>? own))
                items[score.Metric] = own = [];
            own.Add(score.Item);
        }
        foreach ((string name, List<MetricItem> own) in items)
        {
            MetricConfig? metric = config.Metrics.FirstOrDefault(metric => metric.Name == name);
            // What a function gives beyond the task's list is averaged, as in the harness.
            Aggregation aggregation = metric?.Aggregation ?? Aggregation.All["mean"];
            int iterations = name is "bleu" or "chrf" or "ter" ? Math.Min(100, options.BootstrapIterations) : options.BootstrapIterations;
            yield return new MetricValue(name, filter, Combine(config, name, aggregation, own), StandardError.Of(aggregation, own, iterations, cancellationToken),
                metric?.HigherIsBetter ?? true, own.Count);
        }
    }

    private static double Combine(TaskConfig config, string metric, Aggregation aggregation, List<MetricItem> items)
    {
        try
        {
            return aggregation.Combine([.. items]);
        }
        catch (Exception error) when (error is InvalidCastException or ArgumentException or NullReferenceException or InvalidOperationException
            or KeyNotFoundException or IndexOutOfRangeException or Castalia.Text.Jinja.Python.PythonException)
        {
            throw new InputException(config.File, $"task '{config.Task}', metric_list '{metric}'",
                $"the aggregation '{aggregation.Name}' cannot bring the documents' values together: {error.Message}", "Use an aggregation that suits the metric.", error);
        }
    }
}
