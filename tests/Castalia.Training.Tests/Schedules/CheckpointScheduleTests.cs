namespace Castalia.Training.Tests;

public sealed class CheckpointScheduleTests
{
    [Fact]
    public void Pythia_keeps_154_checkpoints()
    {
        CheckpointSchedule schedule = CheckpointSchedule.Of(new TrainingOptions());
        Assert.Equal(154, schedule.Steps.Count);
        Assert.Equal([0L, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000], schedule.Steps.Take(13));
        Assert.Equal(143_000, schedule.Steps[^1]);
    }

    [Theory]
    [InlineData(1, 1000, new long[] { 0, 1 })]
    [InlineData(50, 1000, new long[] { 0, 1, 2, 4, 8, 16, 32, 50 })]
    [InlineData(512, 1000, new long[] { 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512 })]
    [InlineData(750, 100, new long[] { 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 700, 750 })]
    public void The_last_step_is_always_kept(long steps, long interval, long[] expected) =>
        Assert.Equal(expected, new CheckpointSchedule(steps, interval).Steps);

    [Fact]
    public void Every_checkpoint_knows_the_one_before()
    {
        CheckpointSchedule schedule = new(600, 50);
        Assert.Null(schedule.Before(0));
        Assert.Equal(0, schedule.Before(1));
        Assert.Equal(512, schedule.Before(550));
        Assert.Equal(512, schedule.Before(530));
        Assert.True(schedule.Contains(550));
        Assert.False(schedule.Contains(530));
    }
}
