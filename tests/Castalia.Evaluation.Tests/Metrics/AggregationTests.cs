using System.Text.Json;
using Castalia.Testing;

namespace Castalia.Evaluation.Tests.Metrics;

public sealed class AggregationTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static readonly JsonElement Vectors = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("eval", "vectors", "metrics.json"))).RootElement;

    [Theory]
    [InlineData("mean", "xs", "mean")]
    [InlineData("mean", "bn", "mean_bn")]
    [InlineData("median", "xs", "median")]
    [InlineData("perplexity", "lls", "perplexity")]
    [InlineData("weighted_perplexity", "wt", "weighted_perplexity")]
    [InlineData("bits_per_byte", "wt", "bits_per_byte")]
    public void Aggregates_equal_the_reference(string aggregation, string items, string expected) =>
        Assert.Equal(Vectors.GetProperty(expected).GetDouble(), Aggregation.All[aggregation].Combine(Items(items)), 1e-13);

    [Theory]
    [InlineData("mean", "xs", 1, "mean_stderr")]
    [InlineData("mean", "bn", 1, "mean_stderr_bn")]
    [InlineData("perplexity", "lls", 10, "bootstrap.perplexity_10")]
    [InlineData("perplexity", "lls", 100, "bootstrap.perplexity_100")]
    [InlineData("perplexity", "lls", 1000, "bootstrap.perplexity_1000")]
    [InlineData("perplexity", "lls", 3000, "bootstrap.perplexity_3000")]
    [InlineData("median", "xs", 10, "bootstrap.median_10")]
    [InlineData("median", "xs", 3000, "bootstrap.median_3000")]
    public void Standard_errors_equal_the_reference(string aggregation, string items, int iterations, string expected)
    {
        double value = expected.Split('.').Aggregate(Vectors, (element, key) => element.GetProperty(key)).GetDouble();
        Assert.Equal(value, StandardError.Of(Aggregation.All[aggregation], Items(items), iterations, Stop)!.Value, 1e-12 * value);
    }

    [Fact]
    public void There_is_no_standard_error_of_one_document_or_without_resampling()
    {
        Assert.Null(StandardError.Of(Aggregation.All["mean"], [new(1)], 1000, Stop));
        Assert.Null(StandardError.Of(Aggregation.All["mean"], [new(1), new(0)], 0, Stop));
        Assert.Null(StandardError.Of(Aggregation.All["bits_per_byte"], [new(1, 2), new(0, 3)], 1000, Stop));
    }

    [Fact]
    public void Group_errors_are_pooled()
    {
        JsonElement pooled = Vectors.GetProperty("pooled");
        double?[] errors = [.. pooled.GetProperty("stderrs").EnumerateArray().Select(x => (double?)x.GetDouble())];
        int[] sizes = [.. pooled.GetProperty("sizes").EnumerateArray().Select(x => x.GetInt32())];
        Assert.Equal(pooled.GetProperty("out").GetDouble(), StandardError.Pooled(errors, sizes)!.Value, 1e-15);
        Assert.Null(StandardError.Pooled([0.1, null], [3, 4]));
    }

    private static MetricItem[] Items(string name) => [.. Vectors.GetProperty(name).EnumerateArray().Select(item =>
        item.ValueKind == JsonValueKind.Array ? new MetricItem(item[0].GetDouble(), item[1].GetInt64()) : new MetricItem(item.GetDouble()))];
}
