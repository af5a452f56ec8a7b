using static TorchSharp.torch;

namespace Castalia.Models.Tests;

public sealed class TapTests
{
    private static readonly TransformerConfig Tiny = new()
    {
        VocabularySize = 50,
        HiddenSize = 32,
        Layers = 3,
        Heads = 4,
        IntermediateSize = 64,
        MaxPositions = 32,
    };

    [Theory]
    [InlineData(ResidualForm.Parallel)]
    [InlineData(ResidualForm.Sequential)]
    public void Every_place_is_reached_in_order_with_its_shape_and_the_parts_add_up(ResidualForm residual)
    {
        using var scope = NewDisposeScope();
        TransformerConfig config = Tiny with { Residual = residual };
        using var model = new Transformer(WeightInit.Pythia.Create(config, seed: 5));
        Tensor ids = Ids();
        var order = new Order();
        model.Hidden(ids, new ForwardOptions { Tap = order });
        Assert.Equal(TapPlaces.Of(config), order.Places);

        using var recorder = new ActivationRecorder(TapPlaces.Of(config));
        Tensor hidden = model.Hidden(ids, new ForwardOptions { Tap = recorder });
        Assert.True(hidden.eq(recorder[TapPlaces.FinalNorm]).all().item<bool>());
        Tensor stream = recorder[TapPlaces.Embedding];
        for (int layer = 0; layer < config.Layers; layer++)
        {
            Assert.Equal([2, config.Heads, 7, 7], recorder[TapPlaces.AttentionPattern(layer)].shape);
            Assert.True(recorder[TapPlaces.AttentionPattern(layer)].sum(-1).allclose(ones(2, config.Heads, 7)));
            Tensor expected = stream + recorder[TapPlaces.AttentionOutput(layer)] + recorder[TapPlaces.MlpOutput(layer)];
            Assert.True(recorder[TapPlaces.Residual(layer)].allclose(expected, atol: 1e-6));
            stream = recorder[TapPlaces.Residual(layer)];
            // The norm before attention has the initial gain 1 and bias 0: rows of mean 0.
            Assert.True(recorder[TapPlaces.InputNorm(layer)].mean([-1L]).allclose(zeros(2, 7), atol: 1e-6));
        }
        Assert.True(model.Normalize(stream).allclose(hidden, atol: 1e-6));
    }

    [Fact]
    public void A_patch_replaces_what_follows_and_nothing_before()
    {
        using var scope = NewDisposeScope();
        using var model = new Transformer(WeightInit.Pythia.Create(Tiny, seed: 5));
        Tensor ids = Ids();
        using var plain = new ActivationRecorder(TapPlaces.Of(Tiny));
        model.Hidden(ids, new ForwardOptions { Tap = plain });

        string place = TapPlaces.MlpOutput(1);
        var patched = new Both(new ActivationPatch(place, value => value * 0), new ActivationRecorder(TapPlaces.Of(Tiny)));
        model.Hidden(ids, new ForwardOptions { Tap = patched });
        ActivationRecorder after = patched.Recorder;
        Assert.True(after[TapPlaces.Residual(0)].allclose(plain[TapPlaces.Residual(0)], atol: 1e-6));
        Assert.True(after[TapPlaces.Residual(1)].allclose(plain[TapPlaces.Residual(1)] - plain[place], atol: 1e-6));
        Assert.False(after[TapPlaces.FinalNorm].allclose(plain[TapPlaces.FinalNorm], atol: 1e-3));
        after.Dispose();
    }

    [Fact]
    public void Patching_a_whole_residual_stream_carries_one_prompts_continuation_over_to_another()
    {
        using var scope = NewDisposeScope();
        using var model = new Transformer(WeightInit.Pythia.Create(Tiny, seed: 5));
        Tensor one = tensor(new long[] { 1, 2, 3, 4 }).view(1, 4), other = tensor(new long[] { 9, 8, 7, 6 }).view(1, 4);
        string place = TapPlaces.Residual(1);
        using var recorder = new ActivationRecorder(place);
        Tensor wanted = model.Hidden(other, new ForwardOptions { Tap = recorder });
        Tensor carried = model.Hidden(one, new ForwardOptions { Tap = new ActivationPatch(place, _ => recorder[place]) });
        Assert.True(carried.allclose(wanted, atol: 1e-6));
        Assert.Equal([1, 4, 32], recorder[place].shape); // the recorder's tensor is still alive
    }

    [Fact]
    public void A_replacement_of_another_shape_is_refused_with_the_place()
    {
        using var scope = NewDisposeScope();
        using var model = new Transformer(WeightInit.Pythia.Create(Tiny, seed: 5));
        var options = new ForwardOptions { Tap = new ActivationPatch(TapPlaces.Embedding, value => value.narrow(1, 0, 1)) };
        ArgumentException error = Assert.Throws<ArgumentException>(() => model.Hidden(Ids(), options));
        Assert.Contains("embedding", error.Message);
        Assert.Contains("[2, 1, 32]", error.Message);
    }

    [Fact]
    public void Attention_patterns_over_a_cache_are_the_rows_of_the_whole()
    {
        using var scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using var model = new Transformer(WeightInit.Pythia.Create(Tiny, seed: 5));
        string place = TapPlaces.AttentionPattern(1);
        using var whole = new ActivationRecorder(place);
        using var part = new ActivationRecorder(place);
        model.Hidden(Ids(), new ForwardOptions { Tap = whole });
        using var cache = new KeyValueCache(model.Weights, 2, 7);
        foreach ((long start, long length) in (IEnumerable<(long, long)>)[(0, 3), (3, 3), (6, 1)])
        {
            model.Hidden(Ids().narrow(1, start, length), new ForwardOptions { Cache = cache, Tap = part });
            Tensor rows = whole[place].narrow(2, start, length);
            Assert.True(part[place].allclose(rows.narrow(3, 0, start + length), atol: 1e-6));
            Assert.Equal(0, rows.narrow(3, start + length, 7 - start - length).abs().sum().item<float>());
        }
    }

    private static Tensor Ids() => tensor(Enumerable.Range(0, 14).Select(i => i * 3L).ToArray()).view(2, 7);

    private sealed class Order : ITap
    {
        public List<string> Places { get; } = [];

        public bool Wants(string place) => true;

        public Tensor Visit(string place, Tensor value)
        {
            Places.Add(place);
            return value;
        }
    }

    private sealed class Both(ActivationPatch patch, ActivationRecorder recorder) : ITap
    {
        public ActivationRecorder Recorder { get; } = recorder;

        public bool Wants(string place) => patch.Wants(place) || Recorder.Wants(place);

        public Tensor Visit(string place, Tensor value) => Recorder.Visit(place, patch.Wants(place) ? patch.Visit(place, value) : value);
    }
}
