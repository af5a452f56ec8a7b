namespace Castalia.Evaluation.Tests.Metrics;

public sealed class MetricTests
{
    private static ChoiceOutcome Choice(IReadOnlyList<string> choices, int gold, params double[] scores) =>
        new(choices, [gold], [.. scores.Select(s => new Loglikelihood(s, false))], null);

    private static MetricItem Score(string metric, Outcome outcome) => Metric.All[metric].Score(outcome, new Dictionary<string, object?>());

    [Fact]
    public void Choices_are_normalised_by_code_points_and_by_bytes()
    {
        // Per code point the second wins, per UTF-16 unit or byte the first would.
        ChoiceOutcome outcome = Choice(["ab", "𝄞𝄞𝄞"], 1, -2.0, -2.5);
        Assert.Equal(0, Score("acc", outcome).Value);
        Assert.Equal(1, Score("acc_norm", outcome).Value);
        Assert.Equal(1, Score("acc_bytes", Choice(["ab", "é"], 0, -2.0, -2.1)).Value);
    }

    [Fact]
    public void The_first_of_equal_choices_wins() => Assert.Equal(1, Score("acc", Choice(["a", "b"], 0, -1, -1)).Value);

    [Fact]
    public void Mutual_information_takes_what_is_likely_anyway_away()
    {
        ChoiceOutcome outcome = Choice(["a", "b"], 1, -1, -2) with { Unconditional = [new(-1, false), new(-4, false)] };
        Assert.Equal(0, Score("acc", outcome).Value);
        Assert.Equal(1, Score("acc_mutual_info", outcome).Value);
    }

    [Fact]
    public void Exact_match_asks_whether_the_right_choice_is_what_the_model_would_say()
    {
        var greedy = new ChoiceOutcome(["a", "b"], [1], [new(-1, false), new(-2, true)], null);
        Assert.Equal(1, Score("exact_match", greedy).Value);
        Assert.Equal(0, Score("exact_match", greedy with { Gold = [0] }).Value);
        Assert.Equal(0, Score("exact_match", greedy with { Gold = [-100] }).Value);
    }

    [Fact]
    public void Brier_is_the_squared_distance_from_certainty() =>
        Assert.Equal(0.5, Aggregation.All["brier_score"].Combine([Score("brier_score", Choice(["a", "b"], 0, -3, -3))]), 1e-15);

    [Fact]
    public void Accuracy_of_a_single_target_is_greediness_written_as_a_whole_number()
    {
        MetricItem item = Score("acc", new TargetOutcome(new Loglikelihood(-3, true)));
        Assert.Equal(1L, item.ToJson());
        Assert.Equal(1.0, Score("acc", Choice(["a"], 0, -1)).ToJson());
    }
}
