using System.Globalization;
using System.Text;
using Castalia.Recipes.Report;
using Castalia.Testing;

namespace Castalia.Recipes.Tests.Report;

/// <summary>Thinning a training of any length to what a logarithmic axis can show.</summary>
public sealed class LossCurveTests
{
    [Fact]
    public void A_long_training_keeps_its_ends_its_extremes_and_few_points()
    {
        using var folder = new TemporaryFolder();
        LossCurve curve = LossCurve.Read(Write(folder["metrics.jsonl"], 20_000, step => step == 7777 ? 50 : 10 - Math.Log(step)))!;
        Assert.InRange(curve.Smoothed.Count, 100, 520);
        Assert.Equal(20_000, curve.Steps);
        Assert.Equal(10, curve.FirstLoss);
        Assert.Equal([10, 10 - Math.Log(2), 10 - Math.Log(3)], curve.Smoothed.Take(3).Select(point => point.Loss));
        Assert.Equal(20_000, curve.Smoothed[^1].Step);
        Assert.Equal((7777, 50), curve.Raw.Where(point => point.Loss == 50).Select(point => (point.Step, point.Loss)).Single());
        Assert.Equal(curve.Raw.Select(point => point.Step).Order(), curve.Raw.Select(point => point.Step));
        // Away from the spike the mean follows the curve closely.
        Assert.All(curve.Smoothed.Where(point => point.Step is > 100 and < 7000), point => Assert.Equal(10 - Math.Log(point.Step), point.Loss, 0.03));
        Assert.Equal(10 - Math.Log(20_000), curve.FinalLoss, 0.05);
    }

    [Fact]
    public void The_mean_of_noise_is_its_middle()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(1);
        LossCurve curve = LossCurve.Read(Write(folder["metrics.jsonl"], 8000, _ => 3 + random.NextDouble()))!;
        Assert.All(curve.Smoothed.Where(point => point.Step > 1000), point => Assert.InRange(point.Loss, 3.35, 3.65));
        Assert.Contains(curve.Raw, point => point.Loss > 3.99);
        Assert.Contains(curve.Raw, point => point.Loss < 3.01);
    }

    [Fact]
    public void A_training_that_has_just_begun_is_shown_as_far_as_it_is()
    {
        using var folder = new TemporaryFolder();
        Assert.Null(LossCurve.Read(Write(folder["none.jsonl"], 0, _ => 0)));
        LossCurve one = LossCurve.Read(Write(folder["one.jsonl"], 1, _ => 8.3))!;
        Assert.Equal((1, 8.3), (one.Steps, one.FinalLoss));
        Assert.True(LossCurve.SameBatches(one, LossCurve.Read(Write(folder["more.jsonl"], 300, _ => 8.1))!));
    }

    private static string Write(string path, int steps, Func<long, double> loss)
    {
        var lines = new StringBuilder();
        for (long step = 1; step <= steps; step++)
        {
            lines.Append(CultureInfo.InvariantCulture, $"{{\"step\":{step},\"tokens\":{step * 64},\"loss\":{loss(step):R},\"lr\":0.1,\"grad_norm\":1,\"batch_hash\":\"{step}\",")
                .Append("\"timing\":{\"seconds\":0.01,\"tokens_per_second\":6400,\"mfu\":0.1,\"tflops\":0.1,\"memory_bytes\":1}}\n");
        }
        File.WriteAllText(path, lines.ToString());
        return path;
    }
}
