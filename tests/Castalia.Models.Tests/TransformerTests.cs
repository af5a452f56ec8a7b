using static TorchSharp.torch;

namespace Castalia.Models.Tests;

public sealed class TransformerTests
{
    private static readonly TransformerConfig Tiny = new()
    {
        VocabularySize = 50,
        HiddenSize = 32,
        Layers = 2,
        Heads = 4,
        IntermediateSize = 64,
        MaxPositions = 16,
    };

    /// <summary>Along a random direction, the slope by autograd equals the slope by differences, for both residual forms and both GELUs.</summary>
    [Theory]
    [InlineData(ResidualForm.Parallel, Activation.Gelu)]
    [InlineData(ResidualForm.Sequential, Activation.GeluTanh)]
    public void Gradients_of_every_parameter_equal_differences(ResidualForm residual, Activation activation)
    {
        using var scope = NewDisposeScope();
        TransformerConfig config = Tiny with { Residual = residual, Activation = activation };
        using var model = new Transformer(WeightInit.Normal.Create(config, seed: 2, requiresGrad: true));
        Tensor ids = tensor(Enumerable.Range(0, 20).Select(i => i * 7L % 50).ToArray()).view(2, 10);
        Loss(model, ids).backward();
        foreach (ParameterSpec parameter in ParameterNames.Of(config))
        {
            using var inner = NewDisposeScope();
            Tensor values = model.Weights[parameter.Name];
            Tensor gradient = values.grad!;
            Tensor direction = gradient / gradient.norm();
            const float Step = 1e-2f;
            double slope = (Shifted(values, direction, Step) - Shifted(values, direction, -Step)) / (2 * Step);
            double expected = gradient.norm().item<float>();
            Assert.InRange(slope, 0.98 * expected - 2e-4, 1.02 * expected + 2e-4);
        }

        double Shifted(Tensor values, Tensor direction, float step)
        {
            using var inner = NewDisposeScope();
            using IDisposable noGradient = no_grad();
            Tensor former = values.detach().clone();
            values.alias().add_(direction, step);
            double loss = Loss(model, ids).item<double>();
            values.alias().copy_(former);
            return loss;
        }

        static Tensor Loss(Transformer model, Tensor ids) =>
            -model.Logits(model.Hidden(ids)).to(ScalarType.Float64).log_softmax(-1).narrow(1, 0, 9)
                .gather(-1, ids.narrow(1, 1, 9).unsqueeze(-1)).mean();
    }

    [Fact]
    public void A_token_changes_nothing_before_it()
    {
        using var scope = NewDisposeScope();
        using var model = new Transformer(WeightInit.Pythia.Create(Tiny, seed: 2));
        Tensor ids = tensor(new long[] { 1, 2, 3, 4, 5, 6 }).view(1, 6), other = tensor(new long[] { 1, 2, 3, 4, 9, 6 }).view(1, 6);
        Tensor a = model.Hidden(ids), b = model.Hidden(other);
        Assert.True(a.narrow(1, 0, 4).allclose(b.narrow(1, 0, 4), atol: 1e-6));
        Assert.False(a.narrow(1, 4, 1).allclose(b.narrow(1, 4, 1), atol: 1e-3));
    }

    [Fact]
    public void Sequences_longer_than_the_model_was_made_for_extend_the_rotary_table_without_disturbing_earlier_passes()
    {
        using var scope = NewDisposeScope();
        using var model = new Transformer(WeightInit.Pythia.Create(Tiny, seed: 2, requiresGrad: true));
        Tensor ids = tensor(Enumerable.Range(0, 40).Select(i => i * 7L % 50).ToArray()).view(1, 40);
        Tensor brief = model.Hidden(ids.narrow(1, 0, 16));
        Tensor full = model.Hidden(ids);
        Assert.True(full.narrow(1, 0, 16).allclose(brief, atol: 1e-6));
        brief.sum().backward();
        Assert.True(isfinite(model.Weights.Embedding.grad!).all().item<bool>());
    }

    [Fact]
    public void A_pass_in_inference_mode_leaves_the_model_trainable()
    {
        using var scope = NewDisposeScope();
        using var model = new Transformer(WeightInit.Pythia.Create(Tiny, seed: 2, requiresGrad: true));
        Tensor ids = tensor(new long[] { 1, 2, 3, 4 }).view(1, 4);
        using (inference_mode())
            model.Hidden(ids);
        model.Hidden(ids).sum().backward();
        Assert.NotNull(model.Weights.Layers[0].Qkv.Weight.grad);
    }

    [Fact]
    public void A_tied_model_reads_and_writes_one_matrix()
    {
        using var scope = NewDisposeScope();
        using var model = new Transformer(WeightInit.Pythia.Create(Tiny with { TiedEmbeddings = true, QkvBias = false, AttentionOutputBias = false }, seed: 2));
        Assert.Same(model.Weights.Embedding, model.Weights.Unembedding);
        Assert.Null(model.Weights.Layers[0].Qkv.Bias);
        Assert.Equal([1, 2, 50], model.Logits(model.Hidden(tensor(new long[] { 1, 2 }).view(1, 2))).shape);
    }

    [Fact]
    public void Ids_masks_and_caches_that_do_not_fit_are_refused()
    {
        using var scope = NewDisposeScope();
        using var model = new Transformer(WeightInit.Pythia.Create(Tiny, seed: 2));
        Tensor ids = tensor(new long[] { 1, 2, 3 }).view(1, 3);
        Assert.Throws<ArgumentException>(() => model.Hidden(ids.view(3)));
        Assert.Contains("50", Assert.Throws<ArgumentException>(() => model.Hidden(ids + 48)).Message);
        Assert.Contains("[1, 3]", Assert.Throws<ArgumentException>(
            () => model.Hidden(ids, new ForwardOptions { AttentionMask = ones(1, 2) })).Message);
        using var cache = new KeyValueCache(model.Weights, slots: 1, capacity: 2);
        Assert.Contains("2 tokens", Assert.Throws<ArgumentException>(() => model.Hidden(ids, new ForwardOptions { Cache = cache })).Message);
    }

    [Fact]
    public void A_truncated_cache_goes_on_as_if_it_had_never_seen_more()
    {
        using var scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using var model = new Transformer(WeightInit.Pythia.Create(Tiny, seed: 2));
        Tensor beginning = tensor(new long[] { 1, 2, 3 }).view(1, 3), one = tensor(new long[] { 4 }).view(1, 1), other = tensor(new long[] { 5 }).view(1, 1);
        using var cache = new KeyValueCache(model.Weights, 1, 8);
        var options = new ForwardOptions { Cache = cache };
        model.Hidden(beginning, options);
        model.Hidden(one, options);
        cache.Truncate(3);
        Tensor again = model.Hidden(other, options);
        Tensor direct = model.Hidden(cat([beginning, other], 1)).narrow(1, 3, 1);
        Assert.True(again.allclose(direct, atol: 1e-6));
    }

    [Fact]
    public void Sizes_that_make_no_model_are_refused()
    {
        Assert.Contains("multiple", Assert.Throws<ArgumentException>(() => (Tiny with { Heads = 5 }).Validate()).Message);
        Assert.Contains("Layers", Assert.Throws<ArgumentException>(() => (Tiny with { Layers = 0 }).Validate()).Message);
        Assert.Contains("fraction", Assert.Throws<ArgumentException>(() => (Tiny with { Position = new RotaryPositions(Fraction: 0.1) }).Validate()).Message);
        Assert.Throws<ArgumentException>(() => (Tiny with { Position = new RotaryPositions(Base: double.NaN) }).Validate());
        Assert.Throws<ArgumentException>(() => (Tiny with { Norm = new LayerNorm(0) }).Validate());
    }
}
