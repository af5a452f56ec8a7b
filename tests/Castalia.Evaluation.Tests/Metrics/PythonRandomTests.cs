using System.Globalization;
using System.Text.Json;
using Castalia.Testing;

namespace Castalia.Evaluation.Tests.Metrics;

public sealed class PythonRandomTests
{
    private static readonly JsonElement Vectors = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("eval", "vectors", "python_random.json"))).RootElement;

    [Fact]
    public void Floats_equal_cpythons()
    {
        foreach (JsonProperty seed in Vectors.GetProperty("random_random").EnumerateObject())
        {
            var random = new PythonRandom(long.Parse(seed.Name, CultureInfo.InvariantCulture));
            foreach (JsonElement expected in seed.Value.EnumerateArray())
                Assert.Equal(expected.GetDouble(), random.NextDouble());
        }
    }

    [Fact]
    public void Bits_and_bounded_numbers_equal_cpythons()
    {
        foreach (JsonProperty seed in Vectors.GetProperty("getrandbits").EnumerateObject())
        {
            var random = new PythonRandom(long.Parse(seed.Name, CultureInfo.InvariantCulture));
            foreach (JsonElement pair in seed.Value.EnumerateArray().TakeWhile(pair => pair[0].GetInt32() <= 64))
                Assert.Equal(pair[1].GetUInt64(), random.NextBits(pair[0].GetInt32()));
        }
        foreach (JsonProperty seed in Vectors.GetProperty("randbelow").EnumerateObject())
        {
            var random = new PythonRandom(long.Parse(seed.Name, CultureInfo.InvariantCulture));
            foreach (JsonElement pair in seed.Value.EnumerateArray())
                Assert.Equal(pair[1].GetInt64(), random.NextBelow(pair[0].GetInt64()));
        }
    }

    [Fact]
    public void Samples_equal_cpythons()
    {
        foreach (JsonElement vector in Vectors.GetProperty("sample_sequences").EnumerateArray())
        {
            var random = new PythonRandom(vector.GetProperty("seed").GetInt64());
            foreach (JsonElement draw in vector.GetProperty("draws").EnumerateArray())
                Assert.Equal(draw.EnumerateArray().Select(x => x.GetInt32()), random.Sample(vector.GetProperty("n").GetInt32(), vector.GetProperty("k").GetInt32()));
        }
    }

    [Fact]
    public void Shuffles_and_choices_equal_cpythons()
    {
        foreach (JsonElement vector in Vectors.GetProperty("shuffle").EnumerateArray())
        {
            int[] items = [.. Enumerable.Range(0, vector.GetProperty("n").GetInt32())];
            new PythonRandom(vector.GetProperty("seed").GetInt64()).Shuffle<int>(items);
            Assert.Equal(vector.GetProperty("out").EnumerateArray().Select(x => x.GetInt32()), items);
        }
        foreach (JsonElement vector in Vectors.GetProperty("choices").EnumerateArray())
        {
            int[] items = [.. Enumerable.Range(0, vector.GetProperty("n").GetInt32())];
            var drawn = new int[vector.GetProperty("k").GetInt32()];
            new PythonRandom(vector.GetProperty("seed").GetInt64()).Choices<int>(items, drawn);
            Assert.Equal(vector.GetProperty("out").EnumerateArray().Select(x => x.GetInt32()), drawn);
        }
    }
}
