using static TorchSharp.torch;

namespace Castalia.Models.Tests.Generation;

/// <summary>Beam search with models: the slots that follow the beams, and the penalty.</summary>
public sealed class BeamModelTests
{
    private static readonly TransformerConfig Small = new()
    {
        VocabularySize = 4,
        HiddenSize = 16,
        Layers = 2,
        Heads = 2,
        IntermediateSize = 32,
        MaxPositions = 16,
        EndTokenId = 0,
    };

    [Theory]
    [InlineData(1, EarlyStopping.Never)]
    [InlineData(0.5, EarlyStopping.False)]
    [InlineData(2, EarlyStopping.Never)]
    public void A_beam_as_wide_as_all_there_is_finds_what_trying_everything_finds(double penalty, EarlyStopping early)
    {
        using var model = Random(Small);
        var options = new GenerationOptions { MaxNewTokens = 4, NumBeams = 300, LengthPenalty = penalty, EarlyStopping = early };
        BeamHypothesis[] all = [.. Everything(model, [1, 2], [], options).OrderByDescending(found => found.Score)];
        IReadOnlyList<BeamHypothesis> found = new Generator(model).Search([1, 2], options);
        Assert.Equal(all.Length, found.Count);
        for (int i = 0; i < found.Count; i++)
            Assert.Equal(all[i].Score, found[i].Score, 1e-4);
        Assert.Equal(all[0].Tokens, found[0].Tokens);
    }

    /// <summary>The scores of what narrow beams find are those of whole passes over it.</summary>
    [Theory]
    [InlineData("gpt_neox_parallel")]
    [InlineData("llama_gqa")]
    [InlineData("gpt2")]
    public void What_narrow_beams_find_scores_what_it_scores_without_a_cache(string name)
    {
        using Transformer model = GoldenModel.Load(name);
        var options = new GenerationOptions { MaxNewTokens = 10, NumBeams = 4, StopTokens = [7, 9] };
        int[] prompt = [.. Enumerable.Range(20, 12)];
        IReadOnlyList<BeamHypothesis> found = new Generator(model).Search(prompt, options);
        Assert.Equal(4, found.Count);
        Assert.All(found, one => Assert.Equal(LogProbability(model, prompt, [.. one.Tokens]) / one.Tokens.Count, one.Score, 1e-4));
        Assert.Equal(found.OrderByDescending(one => one.Score), found);
        int[] greedy = new Generator(model).Generate(prompt, options with { NumBeams = 1 });
        Assert.True(found[0].Score >= LogProbability(model, prompt, greedy) / greedy.Length - 1e-4);
        Assert.Equal(found[0].Tokens, new Generator(model).Generate(prompt, options));
    }

    [Fact]
    public void One_beam_is_greedy()
    {
        using Transformer model = GoldenModel.Load("gpt_neox_parallel");
        var options = new GenerationOptions { MaxNewTokens = 20, StopTokens = [], RepetitionPenalty = 1 };
        int[] prompt = [31, 43, 229, 50, 83, 271, 197, 87, 215, 21, 277, 188];
        Assert.Equal(new Generator(model).Generate(prompt, options), new Generator(model).Search(prompt, options)[0].Tokens);
    }

    private static Transformer Random(TransformerConfig config)
    {
        var model = new Transformer(WeightInit.Pythia.Create(config, seed: 3));
        using IDisposable noGradient = no_grad();
        model.Weights.Unembedding.mul_(20); // small models begin nearly indifferent
        return model;
    }

    private static double LogProbability(Transformer model, int[] prompt, int[] tokens)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        long[] ids = [.. prompt.Concat(tokens).Select(token => (long)token)];
        Tensor scores = model.Logits(model.Hidden(tensor(ids).view(1, -1))).log_softmax(-1)[0];
        return tokens.Select((token, i) => scores[prompt.Length + i - 1, token].item<float>()).Sum(score => (double)score);
    }

    private static IEnumerable<BeamHypothesis> Everything(Transformer model, int[] prompt, int[] tokens, GenerationOptions options)
    {
        if (tokens.Length == options.MaxNewTokens || tokens is [.., 0])
            return [new BeamHypothesis(tokens, LogProbability(model, prompt, tokens) / Math.Pow(tokens.Length, options.LengthPenalty))];
        return Enumerable.Range(0, model.Config.VocabularySize).SelectMany(token => Everything(model, prompt, [.. tokens, token], options));
    }
}
