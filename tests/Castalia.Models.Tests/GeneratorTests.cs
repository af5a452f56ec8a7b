using System.Text.Json;
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
    [InlineData("gptj")]
    [InlineData("gpt_neo")]
    [InlineData("gpt2")]
    [InlineData("opt")]
    [InlineData("opt_350m_style")]
    [InlineData("bloom_6heads")]
    [InlineData("llama_gqa")]
    [InlineData("llama_rope_linear")]
    [InlineData("llama_rope_llama3")]
    [InlineData("llama_rope_yarn")]
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
}
