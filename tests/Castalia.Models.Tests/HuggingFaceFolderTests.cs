using System.Text.Json.Nodes;
using Castalia.Formats;
using Castalia.Models.Architectures;
using Castalia.Testing;
using static TorchSharp.torch;

namespace Castalia.Models.Tests;

public sealed class HuggingFaceFolderTests
{
    private static readonly TransformerConfig Tiny = new()
    {
        VocabularySize = 50,
        HiddenSize = 32,
        Layers = 2,
        Heads = 4,
        IntermediateSize = 48,
        MaxPositions = 64,
        Residual = ResidualForm.Sequential,
        Activation = Activation.GeluTanh,
        Norm = new LayerNorm(1e-6),
        Position = new RotaryPositions(Base: 500_000, Fraction: 0.5, Scaling: new LinearRotaryScaling(2.5)),
        EndTokenId = 7,
        BeginTokenId = null,
    };

    [Theory]
    [MemberData(nameof(GoldenTests.Models), MemberType = typeof(GoldenTests))]
    public void What_is_loaded_and_saved_again_is_the_same_file(string name)
    {
        using var folder = new TemporaryFolder();
        using (Transformer model = GoldenModel.Load(name))
            HuggingFaceFolder.Save(model, folder.Path);
        Assert.Equal(
            ContentHash.OfFile(Path.Combine(GoldenModel.Folder(name), "model.safetensors")), ContentHash.OfFile(folder["model.safetensors"]));
        Assert.Equal(HuggingFaceFolder.LoadConfig(GoldenModel.Folder(name)), HuggingFaceFolder.LoadConfig(folder.Path));
    }

    [Theory]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.BFloat16, true)]
    public void A_model_goes_out_and_comes_back_the_same(ScalarType dtype, bool tied)
    {
        using var folder = new TemporaryFolder();
        TransformerConfig config = Tiny with { TiedEmbeddings = tied, QkvBias = !tied, AttentionOutputBias = !tied };
        using var model = new Transformer(WeightInit.Pythia.Create(config, seed: 8, dtype));
        HuggingFaceFolder.Save(model, folder["new", "model"]);
        using Transformer back = HuggingFaceFolder.Load(folder["new", "model"], dtype);
        Assert.Equal(config, back.Config);
        Assert.Equal(model.Weights.Flat.Flat.bytes, back.Weights.Flat.Flat.bytes);
        Assert.Equal(
            ["config.json", "generation_config.json", "model.safetensors"],
            Directory.GetFiles(folder["new", "model"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Both_spellings_of_the_rotary_numbers_are_written()
    {
        JsonObject json = new GptNeoX().WriteConfig(Tiny);
        using var folder = new TemporaryFolder();
        foreach (string removed in (string[])["rope_parameters", "rotary_pct"])
        {
            var part = (JsonObject)json.DeepClone();
            part.Remove(removed);
            if (removed == "rotary_pct")
            {
                part.Remove("rotary_emb_base");
                part.Remove("rope_scaling");
            }
            File.WriteAllText(folder["config.json"], part.ToJsonString());
            Assert.Equal(Tiny, HuggingFaceFolder.LoadConfig(folder.Path));
        }
    }

    [Theory]
    [InlineData("gelu", Activation.Gelu)]
    [InlineData("gelu_new", Activation.GeluTanh)]
    [InlineData("gelu_fast", Activation.GeluTanh)]
    [InlineData("gelu_pytorch_tanh", Activation.GeluTanh)]
    public void Activations_are_known_by_every_name_they_have(string name, Activation expected)
    {
        using TemporaryFolder folder = Changed("hidden_act", name);
        Assert.Equal(expected, HuggingFaceFolder.LoadConfig(folder.Path).Activation);
    }

    [Theory]
    [InlineData("model_type", "\"mamba\"", "gpt_neox")]
    [InlineData("model_type", "null", "missing")]
    [InlineData("hidden_size", "null", "missing")]
    [InlineData("hidden_size", "-64", "whole number")]
    [InlineData("hidden_size", "1e30", "whole number")]
    [InlineData("hidden_size", "66", "multiple")]
    [InlineData("num_hidden_layers", "2147483647", "from 1 to 4096")]
    [InlineData("num_attention_heads", "\"4\"", "\"4\"")]
    [InlineData("hidden_act", "\"relu6\"", "gelu_fast")]
    [InlineData("layer_norm_eps", "0", "epsilon")]
    [InlineData("rope_parameters", "{\"rope_type\": \"wavy\"}", "rope_parameters.rope_type")]
    [InlineData("rope_parameters", "{\"rope_type\": \"linear\"}", "rope_parameters.factor")]
    [InlineData("rope_parameters", "{\"rope_type\": \"linear\", \"factor\": 0.5}", "0.5")]
    [InlineData("rope_parameters", "[1]", "an object")]
    [InlineData("use_parallel_residual", "1", "true or false")]
    [InlineData("eos_token_id", "\"<end>\"", "token id")]
    public void A_wrong_configuration_is_refused_with_its_file_and_field(string key, string value, string said)
    {
        using TemporaryFolder folder = Changed(key, JsonNode.Parse(value));
        InputException error = Assert.Throws<InputException>(() => HuggingFaceFolder.LoadConfig(folder.Path));
        Assert.Equal(folder["config.json"], error.File);
        Assert.Contains(said, error.Message);
        if (error.Place is not null) // null where fields that read well make no model together
            Assert.StartsWith(key, error.Place);
    }

    [Fact]
    public void Files_that_are_not_a_model_are_refused()
    {
        using TemporaryFolder folder = Copy();
        Refused(file: "config.json", "no such file", () => File.Delete(folder["config.json"]));
        Refused(file: "config.json", "JSON", () => File.WriteAllText(folder["config.json"], "{\"model_type\": "));
        Refused(file: "config.json", "JSON", () => File.WriteAllText(folder["config.json"], "{\"a\": 1, \"a\": 2}"));
        Refused(file: "config.json", "JSON object", () => File.WriteAllText(folder["config.json"], "[]"));
        File.Copy(Path.Combine(GoldenModel.Folder("gpt_neox_parallel"), "config.json"), folder["config.json"], overwrite: true);
        Refused(file: "", "it holds n", () => File.Delete(folder["model.safetensors"]));

        void Refused(string file, string said, Action spoil)
        {
            spoil();
            InputException error = Assert.Throws<InputException>(() => HuggingFaceFolder.Load(folder.Path));
            Assert.Equal(Path.Combine(folder.Path, file).TrimEnd('/'), error.File);
            Assert.Contains(said, error.Message);
        }
    }

    [Fact]
    public void A_tensor_that_is_missing_superfluous_or_misshapen_is_named_with_its_file()
    {
        const string Dense = "gpt_neox.layers.1.attention.dense.weight";
        Refused(Dense, "not there", tensors => tensors.Where(tensor => tensor.Name != Dense));
        Refused("gpt_neox.layers.3.mlp.dense_h_to_4h.bias", "without such a tensor",
            tensors => tensors.Append(Bytes("gpt_neox.layers.3.mlp.dense_h_to_4h.bias", SafetensorsDType.F32, [4])));
        Refused(Dense, "[64, 64], found [32, 128]",
            tensors => tensors.Select(tensor => tensor.Name == Dense ? tensor with { Shape = [32, 128] } : tensor));
        Refused(Dense, "found I32", tensors => tensors.Select(tensor => tensor.Name == Dense ? tensor with { DType = SafetensorsDType.I32 } : tensor));

        static void Refused(string name, string said, Func<IEnumerable<SafetensorsSource>, IEnumerable<SafetensorsSource>> change)
        {
            using TemporaryFolder folder = Copy();
            Rewrite(folder["model.safetensors"], change);
            InputException error = Assert.Throws<InputException>(() => HuggingFaceFolder.Load(folder.Path));
            Assert.Equal(folder["model.safetensors"], error.File);
            Assert.Equal($"tensor {name}", error.Place);
            Assert.Contains(said, error.Problem);
        }
    }

    [Fact]
    public void Buffers_of_older_versions_are_passed_over()
    {
        using TemporaryFolder folder = Copy();
        Rewrite(folder["model.safetensors"], tensors => tensors.Concat(
        [
            Bytes("gpt_neox.layers.0.attention.bias", SafetensorsDType.U8, [1, 1, 64, 64]),
            Bytes("gpt_neox.layers.0.attention.masked_bias", SafetensorsDType.F32, []),
            Bytes("gpt_neox.layers.0.attention.rotary_emb.inv_freq", SafetensorsDType.F32, [2]),
        ]));
        using Transformer model = HuggingFaceFolder.Load(folder.Path), original = GoldenModel.Load("gpt_neox_parallel");
        Assert.Equal(original.Weights.Flat.Flat.bytes, model.Weights.Flat.Flat.bytes);
    }

    [Theory]
    [InlineData("../model-00001-of-00003.safetensors", "not the name of a file")]
    [InlineData("/etc/passwd", "not the name of a file")]
    [InlineData("", "not the name of a file")]
    [InlineData("model-00002-of-00003.safetensors", "is in this file, and it is not")]
    [InlineData("model-00009-of-00003.safetensors", "model-00009-of-00003.safetensors")]
    public void An_index_that_points_elsewhere_is_refused(string target, string said)
    {
        using TemporaryFolder folder = Copy("sharded_safetensors");
        JsonNode index = JsonNode.Parse(File.ReadAllText(folder["model.safetensors.index.json"]))!;
        index["weight_map"]!["embed_out.weight"] = target;
        File.WriteAllText(folder["model.safetensors.index.json"], index.ToJsonString());
        Assert.Contains(said, Assert.Throws<InputException>(() => HuggingFaceFolder.Load(folder.Path)).Message);
    }

    [Fact]
    public void A_truncated_shard_is_refused_with_its_name()
    {
        using TemporaryFolder folder = Copy("sharded_safetensors");
        string shard = folder["model-00002-of-00003.safetensors"];
        using (FileStream stream = File.OpenWrite(shard))
            stream.SetLength(stream.Length - 100);
        Assert.Equal(shard, Assert.Throws<InputException>(() => HuggingFaceFolder.Load(folder.Path)).File);
    }

    private static TemporaryFolder Copy(string name = "gpt_neox_parallel")
    {
        var folder = new TemporaryFolder();
        foreach (string file in Directory.GetFiles(GoldenModel.Folder(name)))
        {
            string bare = Path.GetFileName(file);
            if (bare == "config.json" || bare.StartsWith("model", StringComparison.Ordinal))
                File.Copy(file, folder[bare]);
        }
        return folder;
    }

    private static TemporaryFolder Changed(string key, JsonNode? value)
    {
        TemporaryFolder folder = Copy();
        JsonNode config = JsonNode.Parse(File.ReadAllText(folder["config.json"]))!;
        config[key] = value;
        File.WriteAllText(folder["config.json"], config.ToJsonString());
        return folder;
    }

    private static SafetensorsSource Bytes(string name, SafetensorsDType type, long[] shape) =>
        SafetensorsSource.FromBytes(name, type, shape, new byte[type.ByteLength(shape)!.Value]);

    private static void Rewrite(string path, Func<IEnumerable<SafetensorsSource>, IEnumerable<SafetensorsSource>> change)
    {
        List<SafetensorsSource> tensors;
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            tensors = [.. file.InFileOrder.Select(entry =>
                SafetensorsSource.FromBytes(entry.Name, entry.DType, entry.Shape, file.Bytes(entry).ToArray()))];
        }
        SafetensorsWriter.Write(path, [.. change(tensors)]);
    }
}
