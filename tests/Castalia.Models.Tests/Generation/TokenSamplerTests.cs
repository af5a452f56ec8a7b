using Castalia.Models.Sampling;

namespace Castalia.Models.Tests.Generation;

public sealed class TokenSamplerTests
{
    [Fact]
    public void Draws_follow_the_softmax_at_the_temperature()
    {
        float[] logits = [1.5f, -0.5f, 0, 2, -30];
        double[] expected = Softmax(logits, 0.7);
        double[] found = Frequencies(logits, new GenerationOptions { Temperature = 0.7, Seed = 4 });
        for (int i = 0; i < logits.Length; i++)
            Assert.InRange(found[i], expected[i] - 0.01, expected[i] + 0.01);
    }

    [Fact]
    public void Top_k_and_top_p_keep_the_likeliest_and_their_proportions()
    {
        float[] logits = [1.5f, -0.5f, 0, 2, -30]; // probabilities near 0.32, 0.04, 0.07, 0.52, 0: the likeliest are 3, 0, 2, 1
        Assert.Equal([0, 3], Drawn(new GenerationOptions { Temperature = 1, TopK = 2 }));
        Assert.Equal([3], Drawn(new GenerationOptions { Temperature = 1, TopK = 1 }));
        Assert.Equal([3], Drawn(new GenerationOptions { Temperature = 1, TopP = 0.5 }));
        Assert.Equal([0, 3], Drawn(new GenerationOptions { Temperature = 1, TopP = 0.6 }));
        Assert.Equal([0, 2, 3], Drawn(new GenerationOptions { Temperature = 1, TopP = 0.9 }));
        Assert.Equal([0, 2, 3], Drawn(new GenerationOptions { Temperature = 1, TopK = 3, TopP = 1 }));
        // What equals the last that is kept is kept.
        Assert.Equal([0, 1, 2], Indices(Frequencies([1, 1, 1], new GenerationOptions { Temperature = 1, TopK = 2 })));
        double[] kept = Frequencies(logits, new GenerationOptions { Temperature = 1, TopK = 2 });
        Assert.InRange(kept[3] / kept[0], Math.Exp(0.5) - 0.1, Math.Exp(0.5) + 0.1);

        int[] Drawn(GenerationOptions options) => Indices(Frequencies(logits, options));
        static int[] Indices(double[] found) => [.. Enumerable.Range(0, found.Length).Where(i => found[i] > 0)];
    }

    [Fact]
    public void Greedy_takes_the_first_of_equals_and_passes_over_what_is_no_number()
    {
        var sampler = Sampler(new GenerationOptions());
        Assert.Equal(1, sampler.Choose([0, 3, 3]));
        Assert.Equal(2, sampler.Choose([float.NaN, -1, 5]));
    }

    [Fact]
    public void The_penalty_counts_tokens_of_the_prompt_and_those_chosen_and_holds_without_drawing()
    {
        float[] logits = [3, 2.5f, -1];
        var sampler = Sampler(new GenerationOptions { RepetitionPenalty = 2 });
        sampler.See([0, 0]);
        Assert.Equal([1, 0, 0], Enumerable.Range(0, 3).Select(_ => sampler.Choose(logits))); // 1.5 against 2.5, then 1.5 against 1.25
        Assert.Equal([3, 2.5f, -1], logits);
    }

    [Fact]
    public void A_stream_does_not_depend_on_other_samplers_that_share_its_room()
    {
        float[] logits = [1, 2, 1.5f, 0.5f, -1];
        var options = new GenerationOptions { Temperature = 0.8, TopP = 0.95, Seed = 3 };
        var room = new SamplingRoom();
        TokenSampler alone = Sampler(options), together = new(options, 0, room), other = new(options with { TopK = 2, TypicalP = 0.5 }, 1, room);
        for (int i = 0; i < 200; i++)
        {
            other.Choose([4, 3, 2, 1, 0, -1, -2]);
            Assert.Equal(alone.Choose(logits), together.Choose(logits));
        }
    }

    private static TokenSampler Sampler(GenerationOptions options) => new(options, 0, new SamplingRoom());

    private static double[] Softmax(float[] logits, double temperature)
    {
        double[] weights = [.. logits.Select(logit => Math.Exp(((double)logit - logits.Max()) / temperature))];
        return [.. weights.Select(weight => weight / weights.Sum())];
    }

    private static double[] Frequencies(float[] logits, GenerationOptions options)
    {
        const int Draws = 20_000;
        var sampler = Sampler(options);
        double[] counts = new double[logits.Length];
        for (int i = 0; i < Draws; i++)
            counts[sampler.Choose(logits)] += 1.0 / Draws;
        return counts;
    }
}
