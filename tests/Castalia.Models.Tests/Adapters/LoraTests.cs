using Castalia.Formats;
using Castalia.Models.Architectures;
using Castalia.Tensors;
using Castalia.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Models.Tests.Adapters;

/// <summary>Adapters beside the weights of every architecture: what they compute, their gradients, and the model they merge into.</summary>
public sealed class LoraTests
{
    public static TheoryData<string, string[]?> Cases
    {
        get
        {
            var cases = new TheoryData<string, string[]?>();
            foreach (string name in new[] { "gpt_neox_parallel", "gpt_neox_sequential", "gpt_neo", "gptj", "gpt2", "bloom_6heads", "opt", "opt_350m_style", "llama_gqa" })
            {
                cases.Add(name, null);
                cases.Add(name, [LoraConfig.AllLinear]);
            }
            cases.Add("llama_gqa", ["k_proj", "model.layers.1.mlp.gate_proj"]);
            cases.Add("gpt2", ["mlp.c_proj"]);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_new_adapter_changes_no_bit(string name, string[]? targets)
    {
        using DisposeScope scope = NewDisposeScope();
        using Transformer model = GoldenModel.Load(name);
        Tensor ids = GoldenModel.InputIds(name), plain = model.Logits(model.Hidden(ids));
        using LoraAdapter adapter = LoraAdapter.Create(model.Config, Config(targets), seed: 1);
        Assert.True(adapter.Flat.Flat.abs().max().item<float>() > 0);
        adapter.To(ScalarType.Float32).AttachTo(model.Weights);
        Assert.True(plain.bytes.SequenceEqual(model.Logits(model.Hidden(ids)).bytes));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Beside_the_weights_and_merged_into_them_it_computes_the_same(string name, string[]? targets)
    {
        using DisposeScope scope = NewDisposeScope();
        using LoraAdapter adapter = Trained(HuggingFaceFolder.LoadConfig(GoldenModel.Folder(name)), Config(targets));
        using Transformer beside = GoldenModel.Load(name), merged = GoldenModel.Load(name);
        Tensor ids = GoldenModel.InputIds(name), plain = beside.Logits(beside.Hidden(ids));
        adapter.To(ScalarType.Float32).AttachTo(beside.Weights);
        adapter.MergeInto(merged.Weights);
        Tensor logits = beside.Logits(beside.Hidden(ids));
        Assert.True(GoldenModel.MaxDifference(plain, logits) > 1e-2, "The adapter does nothing.");
        Assert.InRange(GoldenModel.MaxDifference(logits, merged.Logits(merged.Hidden(ids))), 0, 1e-4);

        // Token by token with a cache, an adapter is the same.
        using var cache = new KeyValueCache(beside.Weights, (int)ids.shape[0], (int)ids.shape[1]);
        Tensor[] steps = [.. Enumerable.Range(0, (int)ids.shape[1]).Select(i => beside.Logits(beside.Hidden(ids.narrow(1, i, 1), new ForwardOptions { Cache = cache })))];
        Assert.InRange(GoldenModel.MaxDifference(logits, cat(steps, 1)), 0, 1e-4);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Through_files_in_PEFTs_layout_and_merged_file_by_file_it_computes_the_same(string name, string[]? targets)
    {
        using DisposeScope scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        string original = GoldenModel.Folder(name);
        TransformerConfig config = HuggingFaceFolder.LoadConfig(original);
        using (LoraAdapter adapter = Trained(config, Config(targets)))
            PeftFolder.Save(adapter, folder["adapter"]);
        using Transformer beside = GoldenModel.Load(name);
        PeftFolder.Load(folder["adapter"], config).AttachTo(beside.Weights);
        AdapterMerge.Write(original, folder["adapter"], folder["merged"]);
        using Transformer merged = HuggingFaceFolder.Load(folder["merged"]);
        Tensor ids = GoldenModel.InputIds(name);
        // Merging works in HF's layout of each tensor, and attaching on the canonical rows: agreement says that both mean the same heads.
        Assert.InRange(GoldenModel.MaxDifference(beside.Logits(beside.Hidden(ids)), merged.Logits(merged.Hidden(ids))), 0, 1e-4);

        HashSet<string> touched = [.. beside.Weights.Adapter!.Targets.Select(target => target.Parameter.Name)];
        using SafetensorsFile before = SafetensorsFile.Open(Path.Combine(original, "model.safetensors")), after = SafetensorsFile.Open(folder["merged/model.safetensors"]);
        foreach (HuggingFaceParameter parameter in KnownArchitectures.Of(config).Parameters(config))
        {
            SafetensorsEntry was = before[parameter.Name], now = after[parameter.Name];
            Assert.Equal((was.DType, touched.Contains(parameter.Name)), (now.DType, !before.Bytes(was).SequenceEqual(after.Bytes(now))));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradients_are_those_of_the_merged_matrices(string name, string[]? targets)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor ids = GoldenModel.InputIds(name);
        using Transformer beside = GoldenModel.Load(name);
        using LoraAdapter adapter = Trained(beside.Config, Config(targets));
        LoraAdapter attached = adapter.To(ScalarType.Float32, requiresGrad: true);
        attached.AttachTo(beside.Weights);
        Loss(beside, ids).backward();

        using var merged = new Transformer(HuggingFaceFolder.LoadWeights(GoldenModel.Folder(name), requiresGrad: true));
        adapter.MergeInto(merged.Weights);
        Loss(merged, ids).backward();
        foreach (LoraTarget target in adapter.Targets)
        {
            // d(W + s B A) = G gives dA = s Bᵀ G and dB = s G Aᵀ, with G in HF's layout.
            Tensor whole = merged.Weights[target.Parameter.Canonical].grad!, gradient = target.Parameter.Export(whole);
            if (target.Transposed)
                gradient = gradient.t();
            Tensor a = adapter.Flat[target.NameOfA], b = adapter.Flat[target.NameOfB];
            AssertClose(b.t().matmul(gradient) * adapter.Config.Scale, attached.Flat[target.NameOfA].grad!, target.NameOfA);
            AssertClose(gradient.matmul(a.t()) * adapter.Config.Scale, attached.Flat[target.NameOfB].grad!, target.NameOfB);
        }
        Assert.All(beside.Weights.Flat.Specs, spec => Assert.Null(beside.Weights[spec.Name].grad));
    }

    [Fact]
    public void It_begins_as_PEFTs_does_and_from_equal_seeds_equally()
    {
        TransformerConfig config = HuggingFaceFolder.LoadConfig(GoldenModel.Folder("llama_gqa"));
        using LoraAdapter first = LoraAdapter.Create(config, Config(null), 5), second = LoraAdapter.Create(config, Config(null), 5), other = LoraAdapter.Create(config, Config(null), 6);
        Assert.True(first.Flat.Flat.bytes.SequenceEqual(second.Flat.Flat.bytes));
        Assert.False(first.Flat.Flat.bytes.SequenceEqual(other.Flat.Flat.bytes));
        foreach (LoraTarget target in first.Targets)
        {
            using DisposeScope scope = NewDisposeScope();
            double bound = 1 / Math.Sqrt(target.Inputs); // √(6 / ((1 + 5) in))
            Tensor a = first.Flat[target.NameOfA];
            Assert.InRange(a.abs().max().item<float>(), 0.9 * bound, bound);
            Assert.InRange(a.mean().item<float>(), -0.2 * bound, 0.2 * bound);
            Assert.Equal(0, first.Flat[target.NameOfB].abs().max().item<float>());
        }
        Assert.Equal(2.0, new LoraConfig { Rank = 8, Alpha = 16 }.Scale);
        Assert.Equal(4.0, new LoraConfig { Rank = 16, Alpha = 16, RankStabilized = true }.Scale);
    }

    [Fact]
    public void Names_that_mean_nothing_are_refused_with_those_that_do()
    {
        TransformerConfig config = HuggingFaceFolder.LoadConfig(GoldenModel.Folder("llama_gqa"));
        InputException error = Assert.Throws<InputException>(() => LoraAdapter.Create(config, Config(["q_prj"]), 1));
        Assert.Contains("no projection 'q_prj'", error.Problem);
        Assert.Contains("Did you mean 'q_proj'?", error.Remedy);
        Assert.Throws<InputException>(() => LoraAdapter.Create(config, Config(["lm_head"]), 1));
        Assert.Throws<InputException>(() => LoraAdapter.Create(config, Config(null) with { Rank = 0 }, 1));
    }

    [Fact]
    public void In_bf16_it_stands_beside_bf16_weights_only()
    {
        using DisposeScope scope = NewDisposeScope();
        using Transformer model = GoldenModel.Load("gpt_neox_parallel", ScalarType.BFloat16);
        using LoraAdapter adapter = Trained(model.Config, Config(null));
        Assert.Throws<ArgumentException>(() => adapter.AttachTo(model.Weights));
        Tensor ids = GoldenModel.InputIds("gpt_neox_parallel"), plain = model.Logits(model.Hidden(ids));
        adapter.To(ScalarType.BFloat16).AttachTo(model.Weights);
        using Transformer exact = GoldenModel.Load("gpt_neox_parallel");
        adapter.To(ScalarType.Float32).AttachTo(exact.Weights);
        Tensor expected = exact.Logits(exact.Hidden(ids)), found = model.Logits(model.Hidden(ids));
        Assert.True(GoldenModel.MaxDifference(found, expected) < 0.3f * GoldenModel.MaxDifference(plain, expected));
    }

    [Fact]
    public void It_stands_beside_weights_in_int8_as_well()
    {
        using DisposeScope scope = NewDisposeScope();
        using Transformer exact = GoldenModel.Load("llama_gqa");
        using LoraAdapter adapter = Trained(exact.Config, Config([LoraConfig.AllLinear]));
        Tensor ids = GoldenModel.InputIds("llama_gqa");
        using IDisposable noGradient = no_grad();
        using var small = new Transformer(exact.Weights.Quantize());
        Tensor plain = exact.Logits(exact.Hidden(ids)), quantized = small.Logits(small.Hidden(ids));
        adapter.To(ScalarType.Float32).AttachTo(exact.Weights);
        adapter.To(ScalarType.Float32).AttachTo(small.Weights);
        // What the adapter changes is the same but for the rounding of the base.
        Tensor change = exact.Logits(exact.Hidden(ids)) - plain, found = small.Logits(small.Hidden(ids)) - quantized;
        Assert.InRange(GoldenModel.MaxDifference(change, found), 0, 0.2f * change.abs().max().item<float>());
    }

    internal static LoraConfig Config(string[]? targets) => new() { Rank = 4, Alpha = 8, TargetModules = targets, BaseModel = "base" };

    /// <summary>An adapter whose B is no longer 0.</summary>
    internal static LoraAdapter Trained(TransformerConfig model, LoraConfig config)
    {
        LoraAdapter adapter = LoraAdapter.Create(model, config, seed: 3);
        var random = new Random(4);
        foreach (LoraTarget target in adapter.Targets)
        {
            using Tensor b = adapter.Flat[target.NameOfB].detach(), noise = tensor([.. Enumerable.Range(0, (int)b.numel()).Select(_ => (float)(random.NextDouble() - 0.5) * 0.2f)]);
            b.copy_(noise.view(b.shape));
        }
        return adapter;
    }

    private static Tensor Loss(Transformer model, Tensor ids)
    {
        long length = ids.shape[1] - 1;
        Tensor hidden = model.Hidden(ids.narrow(1, 0, length));
        return ChunkedCrossEntropy.Mean(hidden.flatten(0, 1), model.Weights.Unembedding, ids.narrow(1, 1, length).flatten(), bias: model.Weights.UnembeddingBias);
    }

    private static void AssertClose(Tensor expected, Tensor found, string name)
    {
        float largest = expected.abs().max().item<float>(), difference = GoldenModel.MaxDifference(expected, found);
        Assert.True(largest > 1e-6f, $"{name}: no gradient.");
        Assert.True(difference <= 1e-4f * largest + 1e-7f, $"{name}: differs by {difference:E2} of {largest:E2}.");
    }
}
