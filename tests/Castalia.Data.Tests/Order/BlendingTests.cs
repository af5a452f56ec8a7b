using CsCheck;

namespace Castalia.Data.Tests;

public sealed class BlendingTests
{
    [Fact]
    public void One_dataset_is_itself() =>
        Assert.Equal([(0, 0L), (0, 1L), (0, 2L)], Blending.Blend([0.3], 3));

    [Fact]
    public void The_one_furthest_behind_comes_next_and_the_first_of_equals()
    {
        // By hand from the rule w * max(k, 1) - taken, with shares 0.5, 0.25, 0.25.
        Assert.Equal([0, 1, 2, 0, 0, 1, 2, 0], Blending.Blend([2, 1, 1], 8).Select(pick => pick.Dataset));
    }

    [Fact]
    public void Each_dataset_gives_its_samples_in_order_and_its_share()
    {
        Gen.Double[0.01, 10].Array[1, 20].Sample(weights =>
        {
            const int Count = 2000;
            (int Dataset, long Sample)[] blend = [.. Blending.Blend(weights, Count)];
            foreach (IGrouping<int, (int Dataset, long Sample)> picks in blend.GroupBy(pick => pick.Dataset))
            {
                Assert.Equal(Enumerable.Range(0, picks.Count()).Select(i => (long)i), picks.Select(pick => pick.Sample));
                Assert.InRange(picks.Count() - (Count * weights[picks.Key] / weights.Sum()), -weights.Length, weights.Length);
            }
        }, iter: 30);
    }

    [Theory]
    [InlineData]
    [InlineData(0.0, 0.0)]
    [InlineData(1.0, -1.0)]
    [InlineData(double.NaN)]
    public void Weights_that_mean_nothing_are_refused(params double[] weights) =>
        Assert.Throws<ArgumentException>(() => Blending.Blend(weights, 1));

    [Fact]
    public void More_datasets_than_a_byte_names_are_refused() =>
        Assert.Throws<ArgumentException>(() => Blending.Blend([.. Enumerable.Repeat(1.0, 255)], 1));
}
