using System.Text.Json;

namespace Castalia.Training.Tests;

public sealed class TrainingOptionsTests
{
    [Fact]
    public void The_defaults_are_Pythias()
    {
        TrainingOptions options = new();
        options.Validate("defaults");
        Assert.Equal(2_097_152, options.TokensPerStep);
        Assert.Equal(1430, LearningRateSchedule.Of(options).WarmupSteps);
    }

    [Fact]
    public void What_decides_the_result_is_in_the_json_and_what_does_not_is_not()
    {
        TrainingOptions options = new() { Precision = TrainingPrecision.Float32, Schedule = LearningRateRule.NeoxHead };
        using JsonDocument json = JsonDocument.Parse(options.ToJson());
        Assert.Equal("fp32", json.RootElement.GetProperty("precision").GetString());
        Assert.Equal("head", json.RootElement.GetProperty("schedule").GetString());
        Assert.Equal(options.ToJson(), (options with { ResumeSeconds = 1, PeakTeraflops = 2 }).ToJson());
        Assert.NotEqual(options.ToJson(), (options with { MicroBatchSize = 8 }).ToJson());
    }

    [Fact]
    public void A_setting_out_of_range_is_named_with_what_was_expected()
    {
        AssertRefused(new TrainingOptions { BatchSize = 10, MicroBatchSize = 4 }, "micro_batch_size", "a divisor of the batch size 10, found 4");
        AssertRefused(new TrainingOptions { Steps = 0 }, "steps", "found 0");
        AssertRefused(new TrainingOptions { LearningRate = double.NaN }, "learning_rate", "found NaN");
        AssertRefused(new TrainingOptions { Warmup = 1.5 }, "warmup", "found 1.5");
        AssertRefused(new TrainingOptions { GradientClip = double.PositiveInfinity }, "gradient_clip", "0 (no clipping)");

        static void AssertRefused(TrainingOptions options, string place, string problem)
        {
            InputException error = Assert.Throws<InputException>(() => options.Validate("recipe.yml"));
            Assert.Equal("recipe.yml", error.File);
            Assert.Equal(place, error.Place);
            Assert.Contains(problem, error.Problem);
        }
    }
}
