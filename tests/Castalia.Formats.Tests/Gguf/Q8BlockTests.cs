using System.Buffers.Binary;

namespace Castalia.Formats.Tests.Gguf;

/// <summary>Q8_0 against the rule written out number by number with C's rounding.</summary>
public sealed class Q8BlockTests
{
    [Fact]
    public void Blocks_are_those_of_the_plain_rule()
    {
        var random = new Random(20);
        float[] numbers = new float[Q8Block.Length * 3000];
        for (int i = 0; i < numbers.Length; i++)
        {
            float size = MathF.Pow(10, random.Next(-30, 6));
            numbers[i] = (i / Q8Block.Length % 3) switch
            {
                0 => (random.NextSingle() - 0.5f) * size,          // of many sizes in one block
                1 => (random.NextSingle() - 0.5f) * 0.04f,         // like weights
                _ => random.Next(-254, 255) / 2f,                  // halves of steps, where rounding decides
            };
        }
        for (int block = 2; block < 3000; block += 3)
            numbers[block * Q8Block.Length] = 127;                 // so that a step is 1
        Compare(numbers);
    }

    [Fact]
    public void Rounding_is_to_the_nearest_and_halves_go_away_from_zero()
    {
        float[] numbers = new float[Q8Block.Length];
        (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]) = (127, 0.49999997f, 0.5f, -0.5f, -1.5f, 2.4999998f);
        Assert.Equal([127, 0, 1, -1, -2, 2], Compare(numbers)[2..8].Select(value => (int)(sbyte)value));
    }

    [Fact]
    public void Blocks_of_zeros_and_of_the_smallest_numbers_have_the_scale_0()
    {
        Assert.All(Compare(new float[Q8Block.Length]), value => Assert.Equal(0, value));
        float[] tiny = [.. Enumerable.Repeat(float.Epsilon, Q8Block.Length)];
        byte[] block = new byte[Q8Block.Bytes];
        Assert.True(Q8Block.TryQuantize(tiny, block));
        Q8Block.Dequantize(block, tiny);
        Assert.All(tiny, value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(65536f * 127)]
    public void What_no_block_can_hold_is_told(float value)
    {
        float[] numbers = new float[2 * Q8Block.Length];
        numbers[5] = value;
        Assert.False(Q8Block.TryQuantize(numbers, new byte[2 * Q8Block.Bytes]));
    }

    [Fact]
    public void Lengths_have_to_be_whole_blocks()
    {
        Assert.Throws<ArgumentException>(() => Q8Block.TryQuantize(new float[31], new byte[34]));
        Assert.Throws<ArgumentException>(() => Q8Block.TryQuantize(new float[32], new byte[33]));
        Assert.Throws<ArgumentException>(() => Q8Block.Dequantize(new byte[34], new float[64]));
    }

    private static byte[] Compare(float[] numbers)
    {
        byte[] blocks = new byte[numbers.Length / Q8Block.Length * Q8Block.Bytes];
        Assert.True(Q8Block.TryQuantize(numbers, blocks));
        float[] back = new float[numbers.Length];
        Q8Block.Dequantize(blocks, back);
        for (int at = 0, place = 0; at < numbers.Length; at += Q8Block.Length, place += Q8Block.Bytes)
        {
            float[] row = numbers[at..(at + Q8Block.Length)];
            float scale = row.Max(Math.Abs) / 127, inverse = scale == 0 ? 0 : 1 / scale;
            Half stored = BinaryPrimitives.ReadHalfLittleEndian(blocks.AsSpan(place));
            Assert.Equal((Half)scale, stored);
            sbyte[] steps = [.. row.Select(value => (sbyte)MathF.Round(value * inverse, MidpointRounding.AwayFromZero))];
            Assert.Equal(steps, blocks[(place + 2)..(place + Q8Block.Bytes)].Select(value => (sbyte)value));
            Assert.Equal(steps.Select(step => step * (float)stored), back[at..(at + Q8Block.Length)]);
        }
        return blocks;
    }
}
