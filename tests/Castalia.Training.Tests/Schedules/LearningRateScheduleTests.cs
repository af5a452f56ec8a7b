namespace Castalia.Training.Tests;

/// <summary>Expected rates are those of GPT-NeoX's two formulas evaluated in double precision for Pythia-160m: rate 6e-4, 143,000 steps, warmup 1 %.</summary>
public sealed class LearningRateScheduleTests
{
    private static readonly TrainingOptions Pythia160M = new() { LearningRate = 6e-4, Steps = 143_000 };

    [Theory]
    [InlineData(0, 0.0)]
    [InlineData(1, 4.195804195804195e-07)]
    [InlineData(2, 8.39160839160839e-07)]
    [InlineData(715, 0.0003)]
    [InlineData(1430, 0.0006)]
    [InlineData(1431, 0.0005999999999276032)]
    [InlineData(10_000, 0.0005946985179482157)]
    [InlineData(71_500, 0.0003094232277234384)]
    [InlineData(100_000, 0.00013192050158100237)]
    [InlineData(115_000, 6.0550448142465094e-05)]
    [InlineData(120_000, 6e-05)]
    [InlineData(142_999, 6e-05)]
    public void Pythias_own_schedule_starts_at_zero_and_meets_its_floor_early(long updates, double expected) =>
        Assert.Equal(expected, LearningRateSchedule.Of(Pythia160M).RateAfter(updates), 1e-15);

    [Theory]
    [InlineData(0, 4.195804195804195e-07)]
    [InlineData(1, 4.195804195804195e-07)]
    [InlineData(2, 8.39160839160839e-07)]
    [InlineData(1430, 0.0006)]
    [InlineData(1431, 0.0005999999999335198)]
    [InlineData(71_500, 0.0003342838102353981)]
    [InlineData(120_000, 9.441107555991666e-05)]
    [InlineData(142_999, 6.0000000066480006e-05)]
    public void Neox_head_ends_at_the_minimum_on_the_last_step(long updates, double expected) =>
        Assert.Equal(expected, LearningRateSchedule.Of(Pythia160M with { Schedule = LearningRateRule.NeoxHead }).RateAfter(updates), 1e-15);

    [Fact]
    public void The_floor_of_Pythias_schedule_is_met_at_step_115139()
    {
        LearningRateSchedule schedule = LearningRateSchedule.Of(Pythia160M);
        Assert.True(schedule.RateAfter(115_138) > schedule.Minimum);
        Assert.Equal(schedule.Minimum, schedule.RateAfter(115_139));
    }

    [Fact]
    public void Warmup_of_a_fraction_of_a_step_is_kept_unrounded()
    {
        // 1 % of 50 steps: the first update is inside the warmup, the second is behind it.
        LearningRateSchedule schedule = LearningRateSchedule.Of(new TrainingOptions { Steps = 50, LearningRate = 1 });
        Assert.Equal(0.5, schedule.WarmupSteps);
        Assert.Equal(0, schedule.RateAfter(0));
        Assert.Equal(0.5 * (1 + Math.Cos(Math.PI * 0.5 / 50)), schedule.RateAfter(1), 1e-15);
    }

    [Fact]
    public void Linear_and_constant_rates()
    {
        TrainingOptions options = new() { Steps = 20, Warmup = 0.2, LearningRate = 1, MinimumLearningRate = 0.5, Schedule = LearningRateRule.Linear };
        LearningRateSchedule linear = LearningRateSchedule.Of(options);
        Assert.Equal([0.25, 0.5, 0.75, 1, 1], Enumerable.Range(0, 5).Select(step => linear.RateAfter(step)));
        Assert.Equal(0.75, linear.RateAfter(12));
        Assert.Equal(0.5, linear.RateAfter(20));
        LearningRateSchedule constant = LearningRateSchedule.Of(options with { Schedule = LearningRateRule.Constant });
        Assert.Equal(0.25, constant.RateAfter(0));
        Assert.Equal(1, constant.RateAfter(19));
    }

    [Fact]
    public void Without_warmup_every_rule_starts_at_the_full_rate()
    {
        foreach (LearningRateRule rule in Enum.GetValues<LearningRateRule>())
            Assert.Equal(1, LearningRateSchedule.Of(new TrainingOptions { Warmup = 0, LearningRate = 1, Schedule = rule }).RateAfter(0));
    }
}
