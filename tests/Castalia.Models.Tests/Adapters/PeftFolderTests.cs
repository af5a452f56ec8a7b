using System.Text.Json.Nodes;
using Castalia.Formats;
using Castalia.Tensors;
using Castalia.Testing;
using TorchSharp;

namespace Castalia.Models.Tests.Adapters;

/// <summary>
/// PEFT's files. There is no file made by PEFT among the fixtures: names, shapes, keys and formulas are those of its sources (tuners/lora/layer.py,
/// tuners/lora/config.py, utils/save_and_load.py, utils/constants.py).
/// </summary>
public sealed class PeftFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TransformerConfig _model = HuggingFaceFolder.LoadConfig(GoldenModel.Folder("llama_gqa"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_has_PEFTs_names_shapes_and_keys()
    {
        using LoraAdapter adapter = LoraTests.Trained(_model, LoraTests.Config(null));
        PeftFolder.Save(adapter, _folder.Path);
        using SafetensorsFile file = SafetensorsFile.Open(_folder[PeftFolder.WeightsFile]);
        Assert.Equal(_model.Layers * 4, file.Tensors.Count);
        Assert.Equal([4, _model.HiddenSize], file["base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"].Shape);
        Assert.Equal([_model.AttentionSize, 4], file["base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight"].Shape);
        Assert.Equal([_model.KeyHeads * _model.HeadSize, 4], file["base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight"].Shape);

        JsonObject config = JsonNode.Parse(File.ReadAllText(_folder[PeftFolder.ConfigFile]))!.AsObject();
        Assert.Equal("LORA", (string?)config["peft_type"]);
        Assert.Equal("CAUSAL_LM", (string?)config["task_type"]);
        Assert.Equal("base", (string?)config["base_model_name_or_path"]);
        Assert.Equal((4, 8), ((int)config["r"]!, (int)config["lora_alpha"]!));
        Assert.Equal(["q_proj", "v_proj"], config["target_modules"]!.AsArray().Select(module => (string)module!));
        Assert.False((bool)config["fan_in_fan_out"]!);
        Assert.False((bool)config["use_rslora"]!);
        Assert.Equal(config.Select(pair => pair.Key).Order(StringComparer.Ordinal), config.Select(pair => pair.Key));

        using LoraAdapter read = PeftFolder.Load(_folder.Path, _model);
        Assert.Equal(adapter.Config with { TargetModules = null }, read.Config with { TargetModules = null });
        Assert.True(adapter.Flat.Flat.bytes.SequenceEqual(read.Flat.Flat.bytes));
    }

    [Fact]
    public void Conv1Ds_matrices_are_said_to_be_stored_the_other_way()
    {
        using LoraAdapter adapter = LoraTests.Trained(HuggingFaceFolder.LoadConfig(GoldenModel.Folder("gpt2")), LoraTests.Config([LoraConfig.AllLinear]));
        PeftFolder.Save(adapter, _folder.Path);
        JsonNode config = JsonNode.Parse(File.ReadAllText(_folder[PeftFolder.ConfigFile]))!;
        Assert.True((bool)config["fan_in_fan_out"]!);
        Assert.Equal(["c_attn", "c_proj", "c_fc"], config["target_modules"]!.AsArray().Select(module => (string)module!));
        using SafetensorsFile file = SafetensorsFile.Open(_folder[PeftFolder.WeightsFile]);
        long hidden = adapter.Model.HiddenSize;
        Assert.Equal([4, hidden], file["base_model.model.transformer.h.0.attn.c_attn.lora_A.weight"].Shape);
        Assert.Equal([3 * hidden, 4], file["base_model.model.transformer.h.0.attn.c_attn.lora_B.weight"].Shape);
    }

    [Theory]
    [InlineData("gpt_neox_parallel", "query_key_value")]
    [InlineData("bloom_6heads", "query_key_value")]
    [InlineData("gpt2", "c_attn")]
    [InlineData("gptj", "q_proj,v_proj")]
    [InlineData("gpt_neo", "q_proj,v_proj")]
    [InlineData("opt", "q_proj,v_proj")]
    [InlineData("llama_gqa", "q_proj,v_proj")]
    public void Where_nothing_is_said_the_targets_are_PEFTs(string model, string targets)
    {
        using LoraAdapter adapter = LoraAdapter.Create(HuggingFaceFolder.LoadConfig(GoldenModel.Folder(model)), new LoraConfig(), 1);
        Assert.Equal(targets.Split(','), adapter.Targets.Select(target => target.ShortName).Distinct());
        Assert.Equal(adapter.Model.Layers * targets.Split(',').Length, adapter.Targets.Count);
    }

    [Fact]
    public void A_file_as_a_recent_PEFT_writes_it_is_read()
    {
        Save();
        Change(config =>
        {
            config["lora_alpha"] = 32;
            config["lora_dropout"] = 0.05; // of training, and none here
            config["corda_config"] = null;
            config["eva_config"] = null;
            config["exclude_modules"] = null;
            config["layer_replication"] = null;
            config["loftq_config"] = new JsonObject();
            config["lora_bias"] = false;
            config["megatron_config"] = null;
            config["megatron_core"] = "megatron.core";
            config["peft_version"] = "0.18.0";
            config["qalora_group_size"] = 16;
            config["target_parameters"] = null;
            config["trainable_token_indices"] = null;
            config["use_qalora"] = false;
            config["target_modules"] = "model\\.layers\\.\\d+\\.self_attn\\.(q|v)_proj";
        });
        using LoraAdapter read = PeftFolder.Load(_folder.Path, _model);
        Assert.Equal(8, read.Config.Scale);
        Assert.Equal(_model.Layers * 2, read.Targets.Count);
    }

    [Theory]
    [InlineData("peft_type", "\"IA3\"", "expected one of LORA")]
    [InlineData("task_type", "\"SEQ_CLS\"", "expected one of CAUSAL_LM")]
    [InlineData("use_dora", "true", "not supported")]
    [InlineData("bias", "\"all\"", "not supported")]
    [InlineData("modules_to_save", "[\"lm_head\"]", "not supported")]
    [InlineData("rank_pattern", "{\"q_proj\": 16}", "not supported")]
    [InlineData("layers_to_transform", "[0]", "not supported")]
    [InlineData("init_lora_weights", "\"pissa\"", "not supported")]
    [InlineData("r", "0", "expected a whole number from 1")]
    [InlineData("r", "8", "expected shape")]
    [InlineData("lora_alpha", "-1", "expected a number above 0")]
    [InlineData("target_modules", "[\"q_proj\"]", "without such a tensor")]
    [InlineData("target_modules", "[\"q_proj\", \"v_proj\", \"o_proj\"]", "found none of its name")]
    [InlineData("target_modules", "[1]", "expected a list of strings")]
    [InlineData("target_modules", "\"(\"", "cannot be used")]
    [InlineData("target_modules", "\"nothing\"", "matches no projection")]
    [InlineData("target_modules", "null", "missing")]
    public void What_cannot_be_done_is_refused_and_named(string key, string value, string problem)
    {
        Save();
        Change(config => config[key] = JsonNode.Parse(value));
        InputException error = Assert.Throws<InputException>(() => PeftFolder.Load(_folder.Path, _model));
        Assert.Contains(problem, error.Problem);
        Assert.StartsWith(_folder.Path, error.File);
    }

    [Fact]
    public void Tensors_of_another_kind_or_model_are_refused()
    {
        Save();
        using (LoraAdapter other = LoraTests.Trained(HuggingFaceFolder.LoadConfig(GoldenModel.Folder("opt")), LoraTests.Config(null)))
            TensorFiles.Save(_folder[PeftFolder.WeightsFile], other.Flat);
        Assert.Contains("without such a tensor", Assert.Throws<InputException>(() => PeftFolder.Load(_folder.Path, _model)).Problem);

        using var scope = torch.NewDisposeScope();
        using LoraAdapter adapter = LoraTests.Trained(_model, LoraTests.Config(null));
        TensorFiles.Save(_folder[PeftFolder.WeightsFile], adapter.Flat.Specs.ToDictionary(spec => spec.Name, spec => adapter.Flat[spec.Name].to(torch.ScalarType.Int32)));
        Assert.Contains("expected F32, BF16 or F16", Assert.Throws<InputException>(() => PeftFolder.Load(_folder.Path, _model)).Problem);

        File.Delete(_folder[PeftFolder.WeightsFile]);
        Assert.Throws<InputException>(() => PeftFolder.Load(_folder.Path, _model));
        Assert.Throws<InputException>(() => AdapterMerge.Write(GoldenModel.Folder("llama_gqa"), _folder.Path, _folder["merged"]));
        Assert.False(Directory.Exists(_folder["merged"]));
    }

    private void Save()
    {
        using LoraAdapter adapter = LoraTests.Trained(_model, LoraTests.Config(null));
        PeftFolder.Save(adapter, _folder.Path);
    }

    private void Change(Action<JsonObject> change)
    {
        JsonObject config = JsonNode.Parse(File.ReadAllText(_folder[PeftFolder.ConfigFile]))!.AsObject();
        change(config);
        File.WriteAllText(_folder[PeftFolder.ConfigFile], config.ToJsonString());
    }
}
