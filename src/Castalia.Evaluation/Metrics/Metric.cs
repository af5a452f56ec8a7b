using System.Text;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>A metric: a pure function of one document's outcome, and how its values are brought together unless the task says otherwise.</summary>
/// <param name="Name">The harness's name.</param>
/// <param name="Applies">Output types it has a meaning for.</param>
/// <param name="HigherIsBetter">Which way is good.</param>
/// <param name="Aggregation">Name of the default aggregation.</param>
/// <param name="Score">The value for one document.</param>
public sealed record Metric(
    string Name, IReadOnlySet<OutputType> Applies, bool HigherIsBetter, string Aggregation, Func<Outcome, MetricItem> Score)
{
    private static readonly HashSet<OutputType> Choice = [OutputType.MultipleChoice];
    private static readonly HashSet<OutputType> Rolling = [OutputType.LoglikelihoodRolling];

    /// <summary>The metrics that there are, by name.</summary>
    public static IReadOnlyDictionary<string, Metric> All { get; } = new Metric[]
    {
        new("acc", new HashSet<OutputType> { OutputType.MultipleChoice, OutputType.Loglikelihood }, true, "mean", Accuracy),
        new("acc_norm", Choice, true, "mean", o => Hit(o, (answer, choice) => answer.Value / PythonString.Length(choice))),
        new("acc_bytes", Choice, true, "mean", o => Hit(o, (answer, choice) => answer.Value / Encoding.UTF8.GetByteCount(choice))),
        new("acc_mutual_info", Choice, true, "mean", MutualInformation),
        new("exact_match", Choice, true, "mean", o => Of<ChoiceOutcome>(o) is var c && c.Gold.Any(g => g >= 0 && c.Answers[g].IsGreedy) ? new(1) : new(0)),
        new("brier_score", Choice, false, "mean", Brier),
        new("perplexity", new HashSet<OutputType> { OutputType.Loglikelihood }, false, "perplexity", o => new(Of<TargetOutcome>(o).Answer.Value)),
        new("word_perplexity", Rolling, false, "weighted_perplexity", o => new(Of<RollingOutcome>(o).Value, Of<RollingOutcome>(o).Words)),
        new("byte_perplexity", Rolling, false, "weighted_perplexity", o => new(Of<RollingOutcome>(o).Value, Of<RollingOutcome>(o).Bytes)),
        new("bits_per_byte", Rolling, false, "bits_per_byte", o => new(Of<RollingOutcome>(o).Value, Of<RollingOutcome>(o).Bytes)),
    }.ToDictionary(metric => metric.Name, StringComparer.Ordinal);

    /// <summary>The metrics of a task that names none, as in the harness.</summary>
    public static IReadOnlyList<string> DefaultsOf(OutputType type) => type switch
    {
        OutputType.MultipleChoice => ["acc", "acc_norm"],
        OutputType.Loglikelihood => ["perplexity", "acc"],
        _ => ["word_perplexity", "byte_perplexity", "bits_per_byte"],
    };

    private static MetricItem Accuracy(Outcome outcome) =>
        outcome is TargetOutcome target ? new(target.Answer.IsGreedy ? 1 : 0, IsInteger: true) : Hit(outcome, (answer, _) => answer.Value);

    private static MetricItem MutualInformation(Outcome outcome)
    {
        var choice = Of<ChoiceOutcome>(outcome);
        IReadOnlyList<Loglikelihood> without = choice.Unconditional
            ?? throw new InvalidOperationException("acc_mutual_info was scored without unconditional answers.");
        return IsGold(choice, ArgMax([.. choice.Answers.Zip(without, (a, b) => a.Value - b.Value)]));
    }

    private static MetricItem Brier(Outcome outcome)
    {
        var choice = Of<ChoiceOutcome>(outcome);
        double top = choice.Answers.Max(a => a.Value);
        double[] weights = [.. choice.Answers.Select(a => Math.Exp(a.Value - top))];
        double sum = weights.Sum();
        int gold = choice.Gold[0];
        double score = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            double difference = weights[i] / sum - (i == gold ? 1 : 0);
            score += difference * difference;
        }
        return new(score);
    }

    /// <summary>1 if the first choice with the greatest score is right.</summary>
    private static MetricItem Hit(Outcome outcome, Func<Loglikelihood, string, double> score)
    {
        var choice = Of<ChoiceOutcome>(outcome);
        return IsGold(choice, ArgMax([.. choice.Answers.Zip(choice.Choices, score)]));
    }

    private static MetricItem IsGold(ChoiceOutcome choice, int predicted) => new(choice.Gold.Contains(predicted) ? 1 : 0);

    private static int ArgMax(ReadOnlySpan<double> scores)
    {
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
        {
            if (scores[i] > scores[best])
                best = i;
        }
        return best;
    }

    private static T Of<T>(Outcome outcome) where T : Outcome => outcome as T
        ?? throw new InvalidOperationException($"A metric for {typeof(T).Name} was given a {outcome.GetType().Name}.");
}
