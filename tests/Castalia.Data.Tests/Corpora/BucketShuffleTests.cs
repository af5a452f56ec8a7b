using System.Text;
using Castalia.Testing;

namespace Castalia.Data.Tests;

public sealed class BucketShuffleTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1L << 28)]
    [InlineData(1L << 50)]
    public void Lines_come_by_key_whatever_the_number_of_buckets(long expectedBytes)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(1);
        (ulong Key, string Line)[] lines = [.. Enumerable.Range(0, 5000).Select(i => ((ulong)random.NextInt64(long.MinValue, long.MaxValue), $"line {i} {new string('x', i % 90)}"))];
        var shuffle = new BucketShuffle(folder["buckets"], expectedBytes);
        foreach ((ulong key, string line) in lines)
            shuffle.Add(key, Encoding.UTF8.GetBytes(line));
        Assert.Equal(
            lines.OrderBy(line => line.Key).Select(line => line.Line),
            shuffle.Drain(CancellationToken.None).Select(line => Encoding.UTF8.GetString(line.Span)));
        shuffle.Dispose();
        Assert.False(Directory.Exists(folder["buckets"]));
    }

    [Fact]
    public void Equal_keys_keep_their_order_and_empty_lines_are_lines()
    {
        using var folder = new TemporaryFolder();
        using var shuffle = new BucketShuffle(folder["buckets"], 0);
        foreach (string line in new[] { "b", "", "a" })
            shuffle.Add(7, Encoding.UTF8.GetBytes(line));
        Assert.Equal(["b", "", "a"], shuffle.Drain(CancellationToken.None).Select(line => Encoding.UTF8.GetString(line.Span)));
    }
}
