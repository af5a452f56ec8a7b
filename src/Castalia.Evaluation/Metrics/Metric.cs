using System.Text;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>A metric: a pure function of one document's outcome, and how its values are brought together unless the task says otherwise.</summary>
/// <param name="Name">The harness's name.</param>
/// <param name="Applies">Output types it has a meaning for.</param>
/// <param name="HigherIsBetter">Which way is good.</param>
/// <param name="Aggregation">Name of the default aggregation.</param>
/// <param name="Score">The value for one document, given the metric's options.</param>
public sealed record Metric(
    string Name, IReadOnlySet<OutputType> Applies, bool HigherIsBetter, string Aggregation, Func<Outcome, Row, MetricItem> Score)
{
    private static readonly HashSet<OutputType> Choice = [OutputType.MultipleChoice];
    private static readonly HashSet<OutputType> Rolling = [OutputType.LoglikelihoodRolling];
    private static readonly HashSet<OutputType> Text = [OutputType.GenerateUntil];
    private static readonly HashSet<OutputType> ChoiceOrText = [OutputType.MultipleChoice, OutputType.GenerateUntil];
    private static readonly HashSet<OutputType> Any = [.. Enum.GetValues<OutputType>()];

    /// <summary>The metrics that there are, by name.</summary>
    public static IReadOnlyDictionary<string, Metric> All { get; } = new Metric[]
    {
        new("acc", new HashSet<OutputType> { OutputType.MultipleChoice, OutputType.Loglikelihood }, true, "mean", (o, _) => Accuracy(o)),
        new("acc_norm", Choice, true, "mean", (o, _) => Hit(o, (answer, choice) => answer.Value / PythonString.Length(choice))),
        new("acc_bytes", Choice, true, "mean", (o, _) => Hit(o, (answer, choice) => answer.Value / Encoding.UTF8.GetByteCount(choice))),
        new("acc_mutual_info", Choice, true, "mean", (o, _) => MutualInformation(o)),
        new("exact_match", ChoiceOrText, true, "mean", ExactMatchOf),
        new("f1", ChoiceOrText, true, "f1", (o, _) => Pair(o)),
        new("mcc", ChoiceOrText, true, "matthews_corrcoef", (o, _) => Pair(o)),
        new("brier_score", Choice, false, "brier_score", (o, _) => Brier(o)),
        new("likelihood", Choice, true, "mean", (o, _) => Likelihood(o)),
        new("bleu", Text, true, "bleu", (o, _) => Pair(o)),
        new("chrf", Text, true, "chrf", (o, _) => Pair(o)),
        new("ter", Text, true, "ter", (o, _) => Pair(o)),
        new("bypass", Any, true, "bypass", (_, _) => new MetricItem(999, IsInteger: true)),
        new("perplexity", new HashSet<OutputType> { OutputType.Loglikelihood }, false, "perplexity", (o, _) => new(Of<TargetOutcome>(o).Answer.Value)),
        new("word_perplexity", Rolling, false, "weighted_perplexity", (o, _) => new(Of<RollingOutcome>(o).Value, Of<RollingOutcome>(o).Words)),
        new("byte_perplexity", Rolling, false, "weighted_perplexity", (o, _) => new(Of<RollingOutcome>(o).Value, Of<RollingOutcome>(o).Bytes)),
        new("bits_per_byte", Rolling, false, "bits_per_byte", (o, _) => new(Of<RollingOutcome>(o).Value, Of<RollingOutcome>(o).Bytes)),
    }.ToDictionary(metric => metric.Name, StringComparer.Ordinal);

    /// <summary>The metrics of a task that names none, as in the harness.</summary>
    public static IReadOnlyList<string> DefaultsOf(OutputType type) => type switch
    {
        OutputType.MultipleChoice => ["acc", "acc_norm"],
        OutputType.Loglikelihood => ["perplexity", "acc"],
        OutputType.GenerateUntil => ["exact_match"],
        _ => ["word_perplexity", "byte_perplexity", "bits_per_byte"],
    };

    private static MetricItem Accuracy(Outcome outcome) =>
        outcome is TargetOutcome target ? new(target.Answer.IsGreedy ? 1 : 0, IsInteger: true) : Hit(outcome, (answer, _) => answer.Value);

    private static MetricItem ExactMatchOf(Outcome outcome, Row options) => outcome switch
    {
        ChoiceOutcome choice => new(choice.Gold.Any(g => g >= 0 && choice.Answers[g].IsGreedy) ? 1 : 0, IsInteger: true),
        _ => AnyReference(Of<GenerationOutcome>(outcome), (reference, prediction) => ExactMatch.Score([reference], [prediction], options)),
    };

    /// <summary>Of several references one that is met is enough.</summary>
    private static MetricItem AnyReference(GenerationOutcome outcome, Func<string, string, double> score)
    {
        string prediction = PythonText.Str(outcome.Prediction);
        if (outcome.References is [var only])
            return new(score(PythonText.Str(only), prediction));
        return new(outcome.References.Any(reference => score(PythonText.Str(reference), prediction) > 0) ? 1 : 0);
    }

    /// <summary>What only the whole set can be judged by: the right answer beside the given one.</summary>
    private static MetricItem Pair(Outcome outcome) => outcome switch
    {
        ChoiceOutcome choice => new(double.NaN, Content: new object?[]
        {
            choice.Gold is [var gold] ? (long)gold : choice.Gold.Select(g => (object?)(long)g).ToArray(),
            (long)ArgMax([.. choice.Answers.Select(answer => answer.Value)]),
        }),
        GenerationOutcome text => new(double.NaN, Content: new object?[] { text.References.Count == 1 ? text.References[0] : text.References, text.Prediction }),
        _ => throw Wrong(outcome),
    };

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
        return new(double.NaN, Content: new object?[] { (long)choice.Gold[0], weights.Select(weight => (object?)(weight / sum)).ToArray() });
    }

    private static MetricItem Likelihood(Outcome outcome)
    {
        var choice = Of<ChoiceOutcome>(outcome);
        return new(double.NaN, Content: new object?[] { (long)choice.Gold[0], choice.Answers.Select(answer => (object?)answer.Value).ToArray() });
    }

    /// <summary>1 if the first choice with the greatest score is right.</summary>
    private static MetricItem Hit(Outcome outcome, Func<Loglikelihood, string, double> score)
    {
        var choice = Of<ChoiceOutcome>(outcome);
        return IsGold(choice, ArgMax([.. choice.Answers.Zip(choice.Choices, score)]));
    }

    private static MetricItem IsGold(ChoiceOutcome choice, int predicted) => new(choice.Gold.Contains(predicted) ? 1 : 0);

    /// <summary>The first index of the greatest.</summary>
    internal static int ArgMax(ReadOnlySpan<double> scores)
    {
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
        {
            if (scores[i] > scores[best])
                best = i;
        }
        return best;
    }

    private static T Of<T>(Outcome outcome) where T : Outcome => outcome as T ?? throw Wrong(outcome);

    private static InvalidOperationException Wrong(Outcome outcome) => new($"A metric was given a {outcome.GetType().Name}, which it has no meaning for.");
}
