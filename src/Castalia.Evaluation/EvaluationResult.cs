namespace Castalia.Evaluation;

/// <summary>What a run gave.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Plan">What was asked.</param>
/// <param name="Tasks">Every task that was scored, in the order run.</param>
/// <param name="Groups">Every group, inner ones before outer ones.</param>
/// <param name="Failures">Tasks that could not be prepared, answered or scored.</param>
public sealed record EvaluationResult(
    string Model, EvaluationPlan Plan, IReadOnlyList<TaskResult> Tasks, IReadOnlyList<GroupResult> Groups, IReadOnlyList<TaskFailure> Failures);

/// <summary>What a task gave.</summary>
/// <param name="Task">The task.</param>
/// <param name="Fewshot">Examples before each question.</param>
/// <param name="Total">Documents of the split.</param>
/// <param name="Metrics">One value a metric and filter, in the task's order.</param>
/// <param name="Samples">Every document that was asked.</param>
public sealed record TaskResult(
    TaskConfig Task, int Fewshot, int Total, IReadOnlyList<MetricValue> Metrics, IReadOnlyList<SampleResult> Samples)
{
    /// <summary>The number of examples that results show: a task whose examples stand in its text says how many in its metadata.</summary>
    public object ShownFewshot => Fewshot == 0 && Task.Metadata.TryGetValue("num_fewshot", out object? shots) && shots is not null ? shots : (long)Fewshot;
}

/// <summary>A metric over many documents.</summary>
/// <param name="Metric">The metric's name.</param>
/// <param name="Filter">The filters that the answers went through.</param>
/// <param name="Value">Its value.</param>
/// <param name="Error">Its standard error; null where there is none.</param>
/// <param name="HigherIsBetter">Which way is good.</param>
/// <param name="Size">Documents it is of.</param>
public sealed record MetricValue(string Metric, string Filter, double Value, double? Error, bool HigherIsBetter, int Size)
{
    /// <summary>The key in results files.</summary>
    public string Key => $"{Metric},{Filter}";
}

/// <summary>What one document gave.</summary>
/// <param name="Instance">The document and what was asked.</param>
/// <param name="Answers">One list a request, with one answer a repeat: a boxed <see cref="Loglikelihood"/>, a double for a whole text, or text.</param>
/// <param name="Filtered">What each pipeline of filters made of the answers, scored.</param>
public sealed record SampleResult(TaskInstance Instance, IReadOnlyList<IReadOnlyList<object?>> Answers, IReadOnlyList<FilteredSample> Filtered);

/// <summary>A document's answers after one pipeline of filters.</summary>
/// <param name="Filter">The pipeline's name.</param>
/// <param name="Answers">One a request.</param>
/// <param name="Scores">One item a metric.</param>
public sealed record FilteredSample(string Filter, IReadOnlyList<object?> Answers, IReadOnlyList<MetricScore> Scores);

/// <summary>What a metric gives for one document.</summary>
/// <param name="Metric">The metric's name.</param>
/// <param name="Item">The item.</param>
public readonly record struct MetricScore(string Metric, MetricItem Item);
