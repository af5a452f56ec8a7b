using System.Text.Json;
using Castalia.Models.Architectures;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Models.Tests;

/// <summary>The computation against what transformers computed with the same weights.</summary>
public sealed class GoldenTests(ITestOutputHelper output)
{
    private const float Tolerance = 1e-4f;

    public static TheoryData<string> Models =>
    [
        "gpt_neox_parallel", "gpt_neox_sequential", "gpt_neox_linear_rope", "gpt_neo", "gptj", "gpt2", "bloom_6heads", "opt", "opt_350m_style",
        "llama_gqa", "llama_rope_linear", "llama_rope_dynamic", "llama_rope_yarn", "llama_rope_llama3",
    ];

    public static TheoryData<string> Padded => ["gpt_neox_parallel", "gpt_neo", "gptj", "bloom_6heads", "opt", "llama_gqa"];

    public static TheoryData<string> TwoSpellings =>
    [
        "gpt_neox_parallel", "gpt_neox_sequential", "gpt_neox_linear_rope",
        "llama_gqa", "llama_rope_linear", "llama_rope_dynamic", "llama_rope_yarn", "llama_rope_llama3",
    ];

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_and_every_hidden_state_equal_the_reference(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using Transformer model = GoldenModel.Load(name);
        int layers = model.Config.Layers;
        using var recorder = new ActivationRecorder(
            [TapPlaces.Embedding, .. Enumerable.Range(0, layers - 1).Select(TapPlaces.Residual), TapPlaces.FinalNorm]);

        Tensor logits = model.Logits(model.Hidden(GoldenModel.InputIds(name), new ForwardOptions { Tap = recorder }));
        Report(name, "logits", GoldenModel.MaxDifference(logits, GoldenModel.Tensor(name, "logits.safetensors", "logits")));
        for (int i = 0; i <= layers; i++)
        {
            string place = i == 0 ? TapPlaces.Embedding : i == layers ? TapPlaces.FinalNorm : TapPlaces.Residual(i - 1);
            Tensor expected = GoldenModel.Tensor(name, "hidden_states.safetensors", $"hidden_states.{i}");
            Report(name, place, GoldenModel.MaxDifference(recorder[place], expected));
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Attention_of_the_last_layer_equals_the_reference(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using Transformer model = GoldenModel.Load(name);
        string place = TapPlaces.AttentionPattern(model.Config.Layers - 1);
        using var recorder = new ActivationRecorder(place);
        Tensor tapped = model.Logits(model.Hidden(GoldenModel.InputIds(name), new ForwardOptions { Tap = recorder }));
        Report(name, place, GoldenModel.MaxDifference(
            recorder[place], GoldenModel.Tensor(name, "attention_last.safetensors", $"attentions.{model.Config.Layers - 1}")));
        Report(name, "logits through plain attention", GoldenModel.MaxDifference(tapped, GoldenModel.Tensor(name, "logits.safetensors", "logits")));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Loss_and_loglikelihoods_equal_the_reference(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using Transformer model = GoldenModel.Load(name);
        Tensor ids = GoldenModel.InputIds(name);
        Tensor logProbabilities = model.Logits(model.Hidden(ids)).narrow(1, 0, ids.shape[1] - 1).log_softmax(-1);
        Tensor truth = logProbabilities.gather(-1, ids.narrow(1, 1, ids.shape[1] - 1).unsqueeze(-1)).squeeze(-1); // [batch, sequence - 1]

        JsonElement expected = GoldenModel.Json(name, "expected.json");
        Assert.Equal(expected.GetProperty("loss").GetDouble(), -truth.mean().item<float>(), 1e-4);
        double[] rows = expected.GetProperty("loglikelihood").Deserialize<double[]>()!;
        for (int i = 0; i < rows.Length; i++)
            Assert.Equal(rows[i], truth[i].sum().item<float>(), 2e-3);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void With_a_cache_token_by_token_the_logits_equal_the_reference(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using Transformer model = GoldenModel.Load(name);
        Tensor ids = GoldenModel.InputIds(name); // [2, 48]
        using var cache = new KeyValueCache(model.Weights, ids.shape[0], ids.shape[1]) { RotaryLength = 48 };
        var options = new ForwardOptions { Cache = cache };
        var parts = new List<Tensor>();
        // A prompt, then a piece onto a filled cache, then one token at a time.
        foreach ((long start, long length) in (IEnumerable<(long, long)>)[(0, 10), (10, 7), .. Enumerable.Range(17, 31).Select(i => ((long)i, 1L))])
            parts.Add(model.Hidden(ids.narrow(1, start, length), options));
        Assert.Equal(ids.shape[1], cache.Length);
        Report(name, "cached logits", GoldenModel.MaxDifference(model.Logits(cat(parts, 1)), GoldenModel.Tensor(name, "logits.safetensors", "logits")));
    }

    [Theory]
    [MemberData(nameof(Padded))]
    public void Left_padded_rows_equal_the_reference_and_the_same_tokens_unpadded(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using Transformer model = GoldenModel.Load(name);
        JsonElement padded = GoldenModel.Json(name, "leftpad.json");
        Tensor ids = GoldenModel.Matrix(padded.GetProperty("input_ids")), mask = GoldenModel.Matrix(padded.GetProperty("attention_mask"));
        int pads = (int)(mask.shape[1] - mask[0].sum().item<long>());
        Assert.Equal(7, pads);

        Tensor logits = model.Logits(model.Hidden(ids, new ForwardOptions { AttentionMask = mask }));
        Tensor expected = GoldenModel.Tensor(name, "logits_leftpad.safetensors", "logits");
        Report(name, "padded row", GoldenModel.MaxDifference(logits[0].narrow(0, pads, 48 - pads), expected[0].narrow(0, pads, 48 - pads)));
        Report(name, "full row beside it", GoldenModel.MaxDifference(logits[1], expected[1]));
        Assert.True(isfinite(logits).all().item<bool>());

        // GPT-Neo's learned positions count the padding: there the row means something else.
        Tensor alone = model.Logits(model.Hidden(ids.narrow(0, 0, 1).narrow(1, pads, 48 - pads)));
        float apart = GoldenModel.MaxDifference(logits[0].narrow(0, pads, 48 - pads), alone[0]);
        if (name == "gpt_neo")
            Assert.InRange(apart, 0.1f, float.MaxValue);
        else
            Report(name, "padded against unpadded", apart);

        using var cache = new KeyValueCache(model.Weights, 2, 48);
        Tensor first = model.Hidden(ids.narrow(1, 0, 20), new ForwardOptions { Cache = cache, AttentionMask = mask.narrow(1, 0, 20) });
        var parts = new List<Tensor> { first };
        for (int i = 20; i < 48; i++)
            parts.Add(model.Hidden(ids.narrow(1, i, 1), new ForwardOptions { Cache = cache, AttentionMask = mask.narrow(1, 0, i + 1) }));
        Tensor cached = model.Logits(cat(parts, 1));
        Report(name, "padded and cached", GoldenModel.MaxDifference(cached[0].narrow(0, pads, 48 - pads), expected[0].narrow(0, pads, 48 - pads)));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Sequences_of_different_lengths_side_by_side_equal_the_reference(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using Transformer model = GoldenModel.Load(name);
        Tensor ids = GoldenModel.InputIds(name), expected = GoldenModel.Tensor(name, "logits.safetensors", "logits");
        // Slots 2 and 0 of three; prompts of 5 and 11 tokens in one pass, then pieces of 3, then both and one alone, token by token.
        using var cache = new KeyValueCache(model.Weights, 3, 48) { RotaryLength = 48 };
        int[] slots = [2, 0];
        Tensor prompts = stack([cat([ids[0].narrow(0, 0, 5), zeros(6, ScalarType.Int64)]), ids[1].narrow(0, 0, 11)]);
        Tensor first = model.Logits(model.Hidden(prompts, new ForwardOptions { Cache = cache, Slots = slots, Lengths = [5, 11] }));
        Report(name, "shorter prompt", GoldenModel.MaxDifference(first[0].narrow(0, 0, 5), expected[0].narrow(0, 0, 5)));
        Report(name, "longer prompt", GoldenModel.MaxDifference(first[1], expected[1].narrow(0, 0, 11)));
        Assert.Equal((5, 11), (cache.LengthOf(2), cache.LengthOf(0)));

        float most = 0;
        for (int step = 0; cache.LengthOf(0) < 40; step++)
        {
            int count = step == 0 ? 3 : 1;
            (int a, int b) = (cache.LengthOf(2), cache.LengthOf(0));
            Tensor next = stack([ids[0].narrow(0, a, count), ids[1].narrow(0, b, count)]);
            Tensor logits = model.Logits(model.Hidden(next, new ForwardOptions { Cache = cache, Slots = slots }));
            most = Math.Max(most, GoldenModel.MaxDifference(logits[0], expected[0].narrow(0, a, count)));
            most = Math.Max(most, GoldenModel.MaxDifference(logits[1], expected[1].narrow(0, b, count)));
        }
        cache.Copy(2, 1);
        while (cache.LengthOf(1) < 48)
        {
            int at = cache.LengthOf(1);
            Tensor logits = model.Logits(model.Hidden(ids.narrow(0, 0, 1).narrow(1, at, 1), new ForwardOptions { Cache = cache, Slots = [1] }));
            most = Math.Max(most, GoldenModel.MaxDifference(logits[0], expected[0].narrow(0, at, 1)));
        }
        Report(name, "side by side", most);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void In_bf16_the_logits_stay_near(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using Transformer model = GoldenModel.Load(name, ScalarType.BFloat16);
        Tensor ids = GoldenModel.InputIds(name), exact = GoldenModel.Tensor(name, "logits.safetensors", "logits");
        Tensor whole = model.Logits(model.Hidden(ids));
        Assert.Equal(ScalarType.BFloat16, whole.dtype);

        using var cache = new KeyValueCache(model.Weights, ids.shape[0], ids.shape[1]) { RotaryLength = 48 };
        var options = new ForwardOptions { Cache = cache };
        Tensor cached = model.Logits(cat([.. Enumerable.Range(0, 48).Select(i => model.Hidden(ids.narrow(1, i, 1), options))], 1));

        // bf16 keeps 8 bits: a relative error of 0.4 % an operation. The logits' deviation is the scale. GPT-Neo's unscaled scores are large.
        double slack = name == "gpt_neo" ? 3 : 1;
        double scale = GoldenModel.Json(name, "expected.json").GetProperty("logit_std").GetDouble();
        foreach ((string how, Tensor logits) in (IEnumerable<(string, Tensor)>)[("whole", whole), ("cached", cached)])
        {
            output.WriteLine($"{name}: bf16 {how} against fp32: max {GoldenModel.MaxDifference(logits, exact):g3}, mean {MeanDifference(logits, exact):g3}");
            Assert.InRange(MeanDifference(logits, exact), 1e-6, 0.022 * scale * slack);
            Assert.InRange(GoldenModel.MaxDifference(logits, exact), 1e-6, 0.25 * scale * slack);
        }
    }

    [Theory]
    [InlineData("gpt_neox_parallel")]
    [InlineData("llama_gqa")]
    public void In_bf16_the_logits_are_as_near_as_those_of_the_reference_in_bf16(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using Transformer model = GoldenModel.Load(name, ScalarType.BFloat16);
        Tensor ours = model.Logits(model.Hidden(GoldenModel.InputIds(name)));
        Tensor exact = GoldenModel.Tensor(name, "logits.safetensors", "logits");
        Tensor theirs = GoldenModel.Tensor(name, "logits_bf16.safetensors", "logits");
        output.WriteLine($"{name}: bf16 against the reference's bf16: max {GoldenModel.MaxDifference(ours, theirs):g3}, mean {MeanDifference(ours, theirs):g3}; "
            + $"the reference's against fp32: max {GoldenModel.MaxDifference(theirs, exact):g3}, mean {MeanDifference(theirs, exact):g3}");
        Assert.InRange(MeanDifference(ours, exact), 0, 1.2f * MeanDifference(theirs, exact));
    }

    private static float MeanDifference(Tensor a, Tensor b) => (a.to(ScalarType.Float32) - b).abs().mean().item<float>();

    [Theory]
    [MemberData(nameof(TwoSpellings))]
    public void Both_spellings_of_the_configuration_agree(string name)
    {
        TransformerConfig current = HuggingFaceFolder.LoadConfig(GoldenModel.Folder(name));
        TransformerConfig former = HuggingFaceFolder.LoadConfig(Path.Combine(GoldenModel.Folder(name), "config.v4.json"));
        Assert.Equal(current, former);
    }

    [Fact]
    public void A_sharded_checkpoint_gives_the_logits_of_the_single_file()
    {
        using DisposeScope scope = NewDisposeScope();
        using Transformer model = GoldenModel.Load("sharded_safetensors");
        Tensor logits = model.Logits(model.Hidden(GoldenModel.InputIds("gpt_neox_parallel")));
        Report("sharded_safetensors", "logits", GoldenModel.MaxDifference(logits, GoldenModel.Tensor("gpt_neox_parallel", "logits.safetensors", "logits")));
    }

    [Fact]
    public void Every_architecture_is_found_by_the_name_it_gives()
    {
        foreach (IArchitecture architecture in KnownArchitectures.All)
            Assert.Same(architecture, KnownArchitectures.Find(architecture.ModelType));
    }

    private void Report(string name, string what, float difference)
    {
        output.WriteLine($"{name}: {what}: {difference:g3}");
        // GPT-Neo does not scale its scores: they are large, and the reference itself is up to 9e-5 from fp64.
        Assert.InRange(difference, 0, name == "gpt_neo" ? 5 * Tolerance : Tolerance);
    }
}
