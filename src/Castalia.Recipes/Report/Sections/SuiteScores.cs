using Castalia.Recipes.Report.Charts;

namespace Castalia.Recipes.Report.Sections;

/// <summary>A metric of a task, over all models and checkpoints.</summary>
/// <param name="Task">The task or group.</param>
/// <param name="Metric">The metric.</param>
/// <param name="Group">The group that the task is part of; null for none.</param>
/// <param name="HigherIsBetter">Whether more is better; null where it is not said.</param>
/// <param name="Samples">How many samples it is measured on; null where it is not said.</param>
/// <param name="IsShare">Whether it is a share, written as a percentage.</param>
internal sealed record Measure(string Task, string Metric, string? Group, bool? HigherIsBetter, long? Samples, bool IsShare)
{
    /// <summary>Whether ratios, not differences, matter.</summary>
    public bool IsLogarithmic => Metric.Contains("perplexity", StringComparison.Ordinal);

    /// <summary>A value of it in few digits.</summary>
    public string Text(double value) => IsShare ? NumberText.Percent(value) : Short(value, 3);

    /// <summary>A score with its standard error.</summary>
    public string TextWithError(TaskScore score) => score.StandardError is not { } error || !double.IsFinite(error)
        ? Text(score.Value)
        : IsShare ? $"{NumberText.Fixed(score.Value * 100, 1)} ± {NumberText.Percent(error)}"
        : $"{Short(score.Value, 3)} ± {Short(error, 2)}";

    private static string Short(double value, int digits) => value >= 1000 ? NumberText.Rounded(value) : NumberText.Significant(value, digits);
}

/// <summary>The scores of a suite, sorted by what was measured.</summary>
internal sealed class SuiteScores
{
    /// <param name="models">The suite.</param>
    public SuiteScores(IReadOnlyList<ModelRun> models)
    {
        Measure[] all =
        [
            .. models.SelectMany(model => model.Scores).SelectMany(checkpoint => checkpoint.Scores)
                .GroupBy(score => (score.Task, score.Metric))
                .Select(scores => new Measure(scores.Key.Task, scores.Key.Metric, scores.First().Group,
                    scores.First().HigherIsBetter, scores.First().Samples, IsShare(scores.Key.Metric, scores)))
                .OrderBy(measure => measure.Task, StringComparer.Ordinal)
                .ThenBy(measure => measure.IsLogarithmic)
                .ThenBy(measure => measure.Metric, StringComparer.Ordinal),
        ];
        Measures = [.. all.Where(measure => measure.Group is null)];
        Parts = [.. all.Where(measure => measure.Group is not null)];
    }

    /// <summary>What was measured on tasks of their own and groups, by task.</summary>
    public IReadOnlyList<Measure> Measures { get; }

    /// <summary>What was measured on the parts of groups.</summary>
    public IReadOnlyList<Measure> Parts { get; }

    /// <summary>A model's scores in a measure, by step.</summary>
    public static IEnumerable<(long Step, TaskScore Score)> Of(ModelRun model, Measure measure)
    {
        foreach (CheckpointScores checkpoint in model.Scores)
        {
            TaskScore? score = checkpoint.Scores.FirstOrDefault(s => s.Task == measure.Task && s.Metric == measure.Metric);
            if (score is not null)
                yield return (checkpoint.Step, score);
        }
    }

    /// <summary>The largest model that has been scored at the end of its training; null where none has.</summary>
    public static ModelRun? LargestFinished(IReadOnlyList<ModelRun> models) => models.LastOrDefault(model => model.Scores.Count > 0 && model.EndsAt(model.Scores[^1].Step));

    /// <summary>A model's score in its last checkpoint; null where that has none.</summary>
    public static TaskScore? Final(ModelRun model, Measure measure) =>
        model.Scores.Count == 0 ? null : model.Scores[^1].Scores.FirstOrDefault(s => s.Task == measure.Task && s.Metric == measure.Metric);

    private static bool IsShare(string metric, IEnumerable<TaskScore> scores) =>
        !metric.Contains("perplexity", StringComparison.Ordinal)
        && !metric.Contains("bits", StringComparison.Ordinal)
        && scores.All(score => score.Value is >= 0 and <= 1);
}
