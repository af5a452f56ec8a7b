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
    [InlineData("f1", "gp", "f1")]
    [InlineData("matthews_corrcoef", "gp", "mcc")]
    [InlineData("brier_score", "br", "brier")]
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
    [InlineData("f1", "gp", 10, "bootstrap.f1_score_10")]
    [InlineData("f1", "gp", 100, "bootstrap.f1_score_100")]
    [InlineData("f1", "gp", 1000, "bootstrap.f1_score_1000")]
    [InlineData("f1", "gp", 3000, "bootstrap.f1_score_3000")]
    [InlineData("matthews_corrcoef", "gp", 10, "bootstrap.matthews_corrcoef_10")]
    [InlineData("matthews_corrcoef", "gp", 100, "bootstrap.matthews_corrcoef_100")]
    [InlineData("matthews_corrcoef", "gp", 1000, "bootstrap.matthews_corrcoef_1000")]
    [InlineData("matthews_corrcoef", "gp", 3000, "bootstrap.matthews_corrcoef_3000")]
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

    [Fact]
    public void Draws_do_not_hang_on_threads_or_preparation()
    {
        MetricItem[] items = Items("gp");
        foreach (string name in new[] { "f1", "matthews_corrcoef" })
        {
            Aggregation prepared = Aggregation.All[name], plain = new(name, prepared.Combine, ErrorKind.Bootstrap);
            Assert.Equal(StandardError.Of(plain, items, 5000, Stop), StandardError.Of(prepared, items, 5000, Stop));
        }
    }

    [Fact]
    public void Translations_are_scored_over_all_documents()
    {
        MetricItem[] items =
        [
            new(double.NaN, Content: new object?[] { new object?[] { "The dog bit the man.", "The dog had bit the man." }, "The dog bit the man." }),
            new(double.NaN, Content: new object?[] { new object?[] { "It was not unexpected.", "No one was surprised." }, "It wasn't surprising." }),
            new(double.NaN, Content: new object?[] { new object?[] { "The man bit him first.", "The man had bitten the dog." }, "The man had just bitten him." }),
        ];
        Assert.Equal(48.530827, Aggregation.All["bleu"].Combine(items), 1e-6);
        foreach (string name in new[] { "bleu", "chrf", "ter" })
            Assert.True(StandardError.Of(Aggregation.All[name], items, 100, Stop) > 0);
    }

    [Fact]
    public void A_mean_may_leave_out_what_is_no_number() =>
        Assert.Equal(2, Aggregation.All["nanmean"].Combine([new(1), new(double.NaN), new(3)]));

    [Fact]
    public void F1_is_of_two_classes_with_one_among_them()
    {
        Assert.Throws<ArgumentException>(() => Aggregation.All["f1"].Combine([Pair(0L, 1L), Pair(2L, 1L)]));
        Assert.Throws<ArgumentException>(() => Aggregation.All["f1"].Combine([Pair("a", "b")]));
        Assert.Equal(0, Aggregation.All["f1"].Combine([Pair(0L, 0L)]));
        Assert.Equal(0, Aggregation.All["matthews_corrcoef"].Combine([Pair(0L, 0L)]));
    }

    private static MetricItem Pair(object gold, object given) => new(double.NaN, Content: new[] { gold, given });

    private static MetricItem[] Items(string name) => [.. Vectors.GetProperty(name).EnumerateArray().Select(item => MetricItem.Of(VectorJson.Value(item)))];
}
