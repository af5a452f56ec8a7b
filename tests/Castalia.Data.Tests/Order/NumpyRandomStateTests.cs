using System.Runtime.InteropServices;
using Castalia.Formats;

namespace Castalia.Data.Tests;

public sealed class NumpyRandomStateTests
{
    [Fact]
    public void First_words_of_seed_1234_are_numpys()
    {
        var random = new NumpyRandomState(1234);
        uint[] words = [.. Enumerable.Range(0, 5).Select(_ => random.NextUInt32())];
        Assert.Equal([822569775u, 2137449171u, 2671936806u, 3512589365u, 1880026316u], words);
    }

    [Fact]
    public void Shuffle_of_ten_is_numpys()
    {
        int[] items = [.. Enumerable.Range(0, 10)];
        new NumpyRandomState(1234).Shuffle<int>(items);
        Assert.Equal([7, 2, 9, 1, 0, 8, 4, 5, 6, 3], items);
    }

    [Fact]
    public void Shuffle_of_a_million_is_numpys()
    {
        uint[] items = [.. Enumerable.Range(0, 1_000_003).Select(i => (uint)i)];
        new NumpyRandomState(1234).Shuffle<uint>(items);
        Assert.Equal([496447u, 773290u, 115235u], items[..3]);
        string hash = ContentHash.OfBytes(MemoryMarshal.AsBytes<uint>(items));
        Assert.StartsWith("5c26208c", hash);
        Assert.EndsWith("b02a", hash);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1000)]
    public void Shuffle_in_windows_equals_the_plain_one(int count)
    {
        var plain = new NumpyRandomState(99);
        long[] expected = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int j = (int)plain.NextUpTo((ulong)i);
            (expected[i], expected[j]) = (expected[j], expected[i]);
        }
        long[] items = [.. Enumerable.Range(0, count)];
        var random = new NumpyRandomState(99);
        random.Shuffle<long>(items);
        Assert.Equal(expected, items);
        Assert.Equal(plain.NextUInt32(), random.NextUInt32());
    }

    [Fact]
    public void Bounds_above_32_bits_draw_two_words_high_word_first()
    {
        var words = new NumpyRandomState(5);
        var random = new NumpyRandomState(5);
        ulong expected = ((ulong)words.NextUInt32() << 32) | words.NextUInt32();
        Assert.Equal(expected, random.NextUpTo(ulong.MaxValue));
    }

    [Fact]
    public void Draws_reach_both_ends_and_nothing_beyond()
    {
        var random = new NumpyRandomState(7);
        int[] counts = new int[6];
        for (int i = 0; i < 600; i++)
            counts[random.NextUpTo(5)]++;
        Assert.All(counts, count => Assert.InRange(count, 50, 150));
    }

    [Fact]
    public void A_bound_of_zero_draws_nothing()
    {
        var random = new NumpyRandomState(7);
        Assert.Equal(0UL, random.NextUpTo(0));
        Assert.Equal(new NumpyRandomState(7).NextUInt32(), random.NextUInt32());
    }

    [Fact]
    public unsafe void A_cancelled_shuffle_stops()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        int[] items = new int[10];
        Assert.Throws<OperationCanceledException>(() =>
        {
            fixed (int* first = items)
                new NumpyRandomState(1).Shuffle(first, items.Length, null, source.Token);
        });
    }
}
