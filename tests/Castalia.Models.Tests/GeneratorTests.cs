using System.Text.Json;
using CsCheck;
using static TorchSharp.torch;

namespace Castalia.Models.Tests;

public sealed class GeneratorTests
{
    private static readonly TransformerConfig Tiny = new()
    {
        VocabularySize = 60,
        HiddenSize = 32,
        Layers = 2,
        Heads = 4,
        IntermediateSize = 64,
        MaxPositions = 64,
    };

    private static readonly GenerationOptions Twenty = new() { MaxNewTokens = 20, StopTokens = [] };

    [Theory]
    [InlineData("gpt_neox_parallel")]
    [InlineData("gpt_neox_sequential")]
    [InlineData("gpt_neox_linear_rope")]
    public void Greedy_continuations_equal_the_reference_with_a_cache_and_without(string name)
    {
        using var scope = NewDisposeScope();
        using Transformer model = GoldenModel.Load(name);
        JsonElement greedy = GoldenModel.Json(name, "expected.json").GetProperty("greedy");
        int[] prompt = greedy.GetProperty("prompt").Deserialize<int[]>()!, expected = greedy.GetProperty("new").Deserialize<int[]>()!;
        Assert.Equal(expected, new Generator(model).Generate(prompt, Twenty));
        Assert.Equal(expected, Uncached(model, prompt, 20));
    }

    [Fact]
    public void Prompts_of_different_lengths_continue_together_as_alone()
    {
        using var scope = NewDisposeScope();
        using Transformer model = GoldenModel.Load("gpt_neox_parallel");
        var generator = new Generator(model);
        int[][] prompts = [[31, 43, 229, 50, 83, 271, 197, 87, 215, 21, 277, 188], [5], [300, 12, 7, 7]];
        IReadOnlyList<int[]> together = generator.Generate(prompts, Twenty);
        for (int i = 0; i < prompts.Length; i++)
        {
            Assert.Equal(Uncached(model, prompts[i], 20), together[i]);
            Assert.Equal(generator.Generate(prompts[i], Twenty), together[i]);
        }
    }

    [Fact]
    public void Tokens_stream_in_the_order_in_which_they_are_chosen_and_end_at_a_stop_token()
    {
        using Transformer model = GoldenModel.Load("gpt_neox_parallel");
        var streamed = new List<GeneratedToken>();
        int[] prompt = [31, 43, 229, 50, 83, 271, 197, 87, 215, 21, 277, 188];
        var options = new GenerationOptions { MaxNewTokens = 20, StopTokens = [95, 292] };
        IReadOnlyList<int[]> both = new Generator(model).Generate([prompt, [5]], options, streamed.Add);
        Assert.Equal([226, 109, 67, 109, 67, 109, 95], both[0]); // the golden continuation up to its first 95
        foreach (int row in (int[])[0, 1])
            Assert.Equal(both[row], streamed.Where(token => token.Prompt == row).Select(token => token.Token));
        Assert.Equal(0, streamed[0].Prompt);
        Assert.Equal(1, streamed[1].Prompt);
    }

    [Fact]
    public void The_models_own_end_token_stops_where_nothing_else_is_said()
    {
        int[] prompt = [31, 43, 229, 50, 83, 271, 197, 87, 215, 21, 277, 188];
        using var weights = GoldenModel.Load("gpt_neox_parallel").Weights.To(ScalarType.Float32);
        TransformerConfig config = weights.Config with { EndTokenId = 67 };
        using var model = new Transformer(new TransformerWeights(config));
        model.Weights.Flat.CopyFrom(weights.Flat);
        Assert.Equal([226, 109, 67], new Generator(model).Generate(prompt));
    }

    [Fact]
    public void Equal_seeds_draw_equal_continuations_and_prompts_of_a_batch_draw_apart()
    {
        using var model = new Transformer(WeightInit.Pythia.Create(Tiny, seed: 1));
        var generator = new Generator(model);
        GenerationOptions options = Twenty with { Temperature = 1, Seed = 9 };
        IReadOnlyList<int[]> first = generator.Generate([[1, 2], [1, 2]], options);
        IReadOnlyList<int[]> second = generator.Generate([[1, 2], [1, 2]], options);
        Assert.Equal(first[0], second[0]);
        Assert.Equal(first[1], second[1]);
        Assert.NotEqual(first[0], first[1]);
        Assert.NotEqual(first[0], generator.Generate([1, 2], options with { Seed = 10 }));
    }

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
        // Of three equal ones, the first two.
        Assert.Equal([0, 1], Indices(Frequencies([1, 1, 1], new GenerationOptions { Temperature = 1, TopK = 2 })));
        double[] kept = Frequencies(logits, new GenerationOptions { Temperature = 1, TopK = 2 });
        Assert.InRange(kept[3] / kept[0], Math.Exp(0.5) - 0.1, Math.Exp(0.5) + 0.1);

        int[] Drawn(GenerationOptions options) => Indices(Frequencies(logits, options));
        static int[] Indices(double[] found) => [.. Enumerable.Range(0, found.Length).Where(i => found[i] > 0)];
    }

    /// <summary>Sparing the unlikely ones the sorting changes nothing.</summary>
    [Fact]
    public void Top_p_keeps_the_fewest_tokens_that_reach_it()
    {
        Check.Sample(
            Gen.Select(Gen.Double[-4, 4].Array[2, 40], Gen.Double[0.05, 0.99]),
            (numbers, p) =>
            {
                float[] logits = [.. numbers.Select(number => (float)number)];
                double[] probabilities = Softmax(logits, 1);
                int[] order = [.. Enumerable.Range(0, logits.Length).OrderByDescending(i => probabilities[i])];
                double reached = 0;
                HashSet<int> nucleus = [.. order.TakeWhile(i => { bool more = reached < p + 1e-9; reached += probabilities[i]; return more; })];
                var sampler = new TokenSampler(new GenerationOptions { Temperature = 1, TopP = p }, 0);
                return Enumerable.Range(0, 50).All(_ => nucleus.Contains(sampler.Choose(logits)));
            },
            iter: 300);
    }

    [Fact]
    public void Greedy_takes_the_first_of_equals_and_passes_over_what_is_no_number()
    {
        var sampler = new TokenSampler(new GenerationOptions(), 0);
        Assert.Equal(1, sampler.Choose([0, 3, 3]));
        Assert.Equal(2, sampler.Choose([float.NaN, -1, 5]));
    }

    [Fact]
    public void What_cannot_be_continued_is_refused()
    {
        using var model = new Transformer(WeightInit.Pythia.Create(Tiny, seed: 1));
        var generator = new Generator(model);
        Assert.Contains("Prompt 1", Assert.Throws<ArgumentException>(() => generator.Generate([[1], []], Twenty)).Message);
        Assert.Contains("60 at position 1", Assert.Throws<ArgumentException>(() => generator.Generate([1, 60])).Message);
        Assert.Throws<ArgumentException>(() => generator.Generate([1], new GenerationOptions { TopP = 0 }));
        Assert.Throws<ArgumentException>(() => generator.Generate([1], new GenerationOptions { Temperature = double.NaN }));
        using var stopped = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => generator.Generate([1], Twenty, _ => stopped.Cancel(), stopped.Token));
    }

    private static int[] Uncached(Transformer model, int[] prompt, int count)
    {
        using IDisposable noGradient = no_grad();
        List<int> tokens = [.. prompt];
        for (int i = 0; i < count; i++)
        {
            using var scope = NewDisposeScope();
            Tensor hidden = model.Hidden(tensor(tokens.Select(token => (long)token).ToArray()).view(1, -1));
            tokens.Add((int)model.Logits(hidden.select(1, tokens.Count - 1)).argmax().item<long>());
        }
        return [.. tokens.Skip(prompt.Length)];
    }

    private static double[] Softmax(float[] logits, double temperature)
    {
        double[] weights = [.. logits.Select(logit => Math.Exp(((double)logit - logits.Max()) / temperature))];
        return [.. weights.Select(weight => weight / weights.Sum())];
    }

    private static double[] Frequencies(float[] logits, GenerationOptions options)
    {
        const int Draws = 20_000;
        var sampler = new TokenSampler(options, 0);
        double[] counts = new double[logits.Length];
        for (int i = 0; i < Draws; i++)
            counts[sampler.Choose(logits)] += 1.0 / Draws;
        return counts;
    }
}
