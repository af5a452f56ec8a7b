using System.Text.Json.Nodes;
using Castalia.Models.Architectures;
using Castalia.Tensors;
using Castalia.Testing;
using TorchSharp;

namespace Castalia.Models.Tests;

/// <summary>Configurations beyond those of the golden models, and files in older spellings.</summary>
public sealed class ArchitectureTests
{
    public static TheoryData<string, string> Variants => new()
    {
        { "gpt_neox_parallel", """{"attention_bias": false, "tie_word_embeddings": true, "rope_parameters": {"rope_type": "yarn", "rope_theta": 1000.0, "partial_rotary_factor": 0.5, "factor": 4.0, "original_max_position_embeddings": 16, "beta_fast": 16.0, "beta_slow": 2.0, "truncate": false, "mscale": 0.7, "mscale_all_dim": 0.4}}""" },
        { "gpt_neox_sequential", """{"rope_parameters": {"rope_type": "dynamic", "factor": 3.0, "rope_theta": 10000, "partial_rotary_factor": 1.0}}""" },
        { "gpt_neox_sequential", """{"rope_parameters": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32, "partial_rotary_factor": 0.25}}""" },
        { "gpt2", """{"scale_attn_by_inverse_layer_idx": true, "scale_attn_weights": false, "n_inner": 100, "tie_word_embeddings": false}""" },
        { "gptj", """{"rotary_dim": null, "tie_word_embeddings": true, "activation_function": "silu"}""" },
        { "bloom_6heads", """{"apply_residual_connection_post_layernorm": true, "seq_length": 77}""" },
        { "gpt_neo", """{"attention_types": [[["global"], 2], [["local", "global"], 1]], "window_size": 5, "intermediate_size": 96}""" },
        { "opt", """{"enable_bias": false, "layer_norm_elementwise_affine": false, "_remove_final_layer_norm": true, "activation_function": "gelu"}""" },
        { "opt_350m_style", """{"tie_word_embeddings": false}""" },
        { "llama_gqa", """{"num_key_value_heads": 1, "head_dim": 32, "attention_bias": true, "mlp_bias": true, "tie_word_embeddings": true, "hidden_act": "gelu_pytorch_tanh"}""" },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_axis_is_read_computed_written_and_read_again(string name, string changes)
    {
        using var folder = new TemporaryFolder();
        var json = (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(GoldenModel.Folder(name), "config.json")))!;
        foreach ((string key, JsonNode? value) in (JsonObject)JsonNode.Parse(changes)!)
            json[key] = value?.DeepClone();
        File.WriteAllText(folder["config.json"], json.ToJsonString());
        TransformerConfig config = HuggingFaceFolder.LoadConfig(folder.Path);
        Assert.NotEqual(HuggingFaceFolder.LoadConfig(GoldenModel.Folder(name)), config);

        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGradient = torch.no_grad();
        using var model = new Transformer(WeightInit.Normal.Create(config, seed: 3));
        HuggingFaceFolder.Save(model, folder["out"]);
        using Transformer back = HuggingFaceFolder.Load(folder["out"]);
        Assert.Equal(config, back.Config);
        Assert.Equal(model.Weights.Flat.Flat.bytes, back.Weights.Flat.Flat.bytes);

        // The kernel, the explicit heads and the cache are three ways to the same numbers.
        torch.Tensor ids = torch.arange(40).view(2, 20) * 7 % 320;
        torch.Tensor whole = model.Logits(model.Hidden(ids));
        using var recorder = new ActivationRecorder(Enumerable.Range(0, config.Layers).Select(TapPlaces.AttentionPattern));
        Assert.InRange(GoldenModel.MaxDifference(whole, model.Logits(model.Hidden(ids, new ForwardOptions { Tap = recorder }))), 0, 1e-4);
        using var cache = new KeyValueCache(model.Weights, 2, 20) { RotaryLength = 20 };
        torch.Tensor cached = torch.cat([.. Enumerable.Range(0, 20).Select(i => model.Hidden(ids.narrow(1, i, 1), new ForwardOptions { Cache = cache }))], 1);
        Assert.InRange(GoldenModel.MaxDifference(whole, model.Logits(cached)), 0, 1e-4);
    }

    [Theory]
    [InlineData("gpt2", "transformer.")]
    [InlineData("bloom_6heads", "transformer.")]
    [InlineData("opt", "model.")]
    public void Names_without_their_prefix_and_tensors_of_older_versions_are_accepted(string name, string prefix)
    {
        using var folder = new TemporaryFolder();
        using DisposeScope scope = torch.NewDisposeScope();
        string source = Path.Combine(GoldenModel.Folder(name), "model.safetensors");
        Dictionary<string, torch.Tensor> tensors = TensorFiles.Load(source).ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value);
        if (name == "gpt2")
            tensors.Add("h.0.attn.bias", torch.ones(1, 1, 64, 64).tril());
        tensors.Add("lm_head.weight", tensors.Values.First().clone()); // of a tied model a second copy, which nothing reads
        TensorFiles.Save(folder["model.safetensors"], tensors);
        File.Copy(Path.Combine(GoldenModel.Folder(name), "config.json"), folder["config.json"]);
        using Transformer model = HuggingFaceFolder.Load(folder.Path), original = GoldenModel.Load(name);
        Assert.Equal(original.Weights.Flat.Flat.bytes, model.Weights.Flat.Flat.bytes);
    }

    [Theory]
    [InlineData("gpt_neo", "attention_types", "[[[\"global\", \"wide\"], 2]]")]
    [InlineData("gpt_neo", "attention_types", "[[[\"global\"], 1000000000]]")]
    [InlineData("gpt_neo", "attention_types", "[[[\"global\"], 3]]")]
    [InlineData("gpt_neo", "attention_types", "\"global\"")]
    [InlineData("gptj", "rotary_dim", "64")]
    [InlineData("gpt2", "add_cross_attention", "true")]
    [InlineData("llama_gqa", "num_key_value_heads", "3")]
    [InlineData("llama_gqa", "num_attention_heads", "5")]
    [InlineData("llama_rope_yarn", "rope_parameters", "{\"rope_type\": \"yarn\", \"factor\": 0.5}")]
    [InlineData("llama_rope_llama3", "rope_parameters", "{\"rope_type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 4, \"high_freq_factor\": 1}")]
    [InlineData("opt", "max_position_embeddings", "1e9")]
    public void What_makes_no_model_is_refused_with_file_and_reason(string name, string key, string value)
    {
        using var folder = new TemporaryFolder();
        var json = (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(GoldenModel.Folder(name), "config.json")))!;
        json[key] = JsonNode.Parse(value);
        if (key == "num_attention_heads")
            json.Remove("head_dim");
        File.WriteAllText(folder["config.json"], json.ToJsonString());
        Assert.Equal(folder["config.json"], Assert.Throws<InputException>(() => HuggingFaceFolder.LoadConfig(folder.Path)).File);
    }

    [Fact]
    public void Every_model_type_has_one_architecture() =>
        Assert.Equal(KnownArchitectures.All.Count, KnownArchitectures.All.Select(one => one.ModelType).Distinct().Count());
}
