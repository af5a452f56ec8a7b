using Castalia.Formats;
using Castalia.Models.Conversion;
using Castalia.Tensors;
using Castalia.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Models.Tests;

/// <summary>GPT-NeoX's own checkpoint folders: written and read, and put together by hand as GPT-NeoX leaves them.</summary>
public sealed class NeoXCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("gpt_neox_parallel", 1)]
    [InlineData("gpt_neox_parallel", 2)]
    [InlineData("gpt_neox_parallel", 4)]
    [InlineData("gpt_neox_sequential", 1)]
    [InlineData("gpt_neox_sequential", 2)]
    public void A_model_written_over_any_number_of_ranks_computes_the_reference(string name, int ranks)
    {
        using DisposeScope scope = NewDisposeScope();
        using Transformer model = GoldenModel.Load(name);
        NeoXCheckpoint.Save(model.Weights, _folder["out"], 143_000, ranks, cancellation: Token);

        int layers = model.Config.Layers;
        string[] expected = [.. ((int[])[0, .. Enumerable.Range(2, layers), layers + 3, layers + 4]).SelectMany(layer =>
            Enumerable.Range(0, ranks).Select(rank => $"layer_{layer:00}-model_{rank:00}-model_states.pt"))];
        Assert.Equal(expected, Directory.GetFiles(_folder["out", "global_step143000"], "layer_*").Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("global_step143000", File.ReadAllText(_folder["out", "latest"]));

        // To PyYAML a number with an exponent and without a point is text.
        string yaml = File.ReadAllText(_folder["out", "global_step143000", "configs", "config.yml"]);
        Assert.Contains("\"layernorm-epsilon\": 1.0E-05,", yaml);
        Assert.DoesNotMatch(@": [0-9]+[eE]", yaml);
        foreach (string folder in (string[])[_folder["out"], _folder["out", "global_step143000"]])
        {
            Assert.Equal(model.Config, HuggingFaceFolder.LoadConfig(folder));
            using Transformer read = HuggingFaceFolder.Load(folder);
            Assert.Equal(0, GoldenModel.MaxDifference(model.Weights.Flat.Flat, read.Weights.Flat.Flat));
            Tensor logits = read.Logits(read.Hidden(GoldenModel.InputIds(name)));
            Assert.InRange(GoldenModel.MaxDifference(logits, GoldenModel.Tensor(name, "logits.safetensors", "logits")), 0, 1e-4f);
        }
    }

    [Fact]
    public void Ranks_are_divided_as_GPT_NeoX_divides_them()
    {
        using DisposeScope scope = NewDisposeScope();
        using Transformer model = GoldenModel.Load("gpt_neox_parallel");
        TransformerConfig config = model.Config;
        NeoXCheckpoint.Save(model.Weights, _folder["out"], 1, 2, cancellation: Token);
        IReadOnlyDictionary<string, Tensor> Layer(int layer, int rank) => PytorchTensors.Load(_folder["out", "global_step1", $"layer_{layer:00}-model_{rank:00}-model_states.pt"]);
        Tensor Own(string name) => GoldenModel.Tensor("gpt_neox_parallel", "model.safetensors", name);
        foreach (int rank in (int[])[0, 1])
        {
            IReadOnlyDictionary<string, Tensor> block = Layer(3, rank);
            Same(Own("gpt_neox.layers.1.attention.query_key_value.weight").chunk(2, 0)[rank], block["attention.query_key_value.weight"]);
            Same(Own("gpt_neox.layers.1.mlp.dense_h_to_4h.bias").chunk(2, 0)[rank], block["mlp.dense_h_to_4h.bias"]);
            Same(Own("gpt_neox.layers.1.attention.dense.weight").chunk(2, 1)[rank], block["attention.dense.weight"]);
            Same(Own("gpt_neox.layers.1.mlp.dense_4h_to_h.weight").chunk(2, 1)[rank], block["mlp.dense_4h_to_h.weight"]);
            Same(Own("gpt_neox.layers.1.mlp.dense_4h_to_h.bias") / 2, block["mlp.dense_4h_to_h.bias"]);
            Same(Own("gpt_neox.layers.1.input_layernorm.weight"), block["input_layernorm.weight"]);
            Same(Own("gpt_neox.embed_in.weight").chunk(2, 0)[rank], Layer(0, rank)["word_embeddings.weight"]);
            Same(Own("gpt_neox.final_layer_norm.bias"), Layer(config.Layers + 3, rank)["norm.bias"]);
            Same(Own("embed_out.weight").chunk(2, 0)[rank], Layer(config.Layers + 4, rank)["final_linear.weight"]);
        }

        static void Same(Tensor expected, Tensor found) => Assert.Equal(0, GoldenModel.MaxDifference(expected, found));
    }

    [Fact]
    public void Uneven_biases_are_summed_norms_averaged_in_the_files_type_and_newer_names_known()
    {
        using DisposeScope scope = NewDisposeScope();
        using Transformer model = GoldenModel.Load("gpt_neox_parallel");
        string step = _folder["run", "global_step10"];
        WriteByHand(step, "gpt_neox_parallel", newNames: true);
        using Transformer read = NeoXCheckpoint.Load(_folder["run"], GoldenModel.Folder("gpt_neox_parallel") + "/config.json", cancellation: Token);
        // Uneven shares of a bias, and norms that differ by ±d: rounding in fp32 is all that is left.
        Assert.InRange(GoldenModel.MaxDifference(model.Weights.Flat.Flat, read.Weights.Flat.Flat), 0, 1e-6f);
        Tensor logits = read.Logits(read.Hidden(GoldenModel.InputIds("gpt_neox_parallel")));
        Assert.InRange(GoldenModel.MaxDifference(logits, GoldenModel.Tensor("gpt_neox_parallel", "logits.safetensors", "logits")), 0, 1e-4f);

        using ITensorSource source = TensorSource.Open(step);
        using PytorchFile first = PytorchFile.Open(Path.Combine(step, "layer_02-model_00-model_states.pt")), second = PytorchFile.Open(Path.Combine(step, "layer_02-model_01-model_states.pt"));
        Tensor sum = Part(first, "attention.dense.bias") + Part(second, "attention.dense.bias"), mean = (Part(first, "input_layernorm.weight") + Part(second, "input_layernorm.weight")) / 2;
        Assert.Equal(0, GoldenModel.MaxDifference(sum, source.Read("gpt_neox.layers.0.attention.dense.bias")));
        Assert.Equal(0, GoldenModel.MaxDifference(mean, source.Read("gpt_neox.layers.0.input_layernorm.weight")));

        static Tensor Part(PytorchFile file, string name) => PytorchTensors.Read(file, name, file.StateDict[name]);
    }

    [Fact]
    public void The_configuration_is_read_from_several_files_as_GPT_NeoX_saves_them()
    {
        string step = _folder["run", "global_step10"];
        WriteByHand(step, "gpt_neox_parallel", newNames: false);
        Directory.CreateDirectory(Path.Combine(step, "configs"));
        TransformerConfig golden = HuggingFaceFolder.LoadConfig(GoldenModel.Folder("gpt_neox_parallel"));
        var rotary = (RotaryPositions)golden.Position;
        string sizes = $$"""
            # sizes
            {
              "pipe-parallel-size": 1, # a comment
              "model-parallel-size": 2,
              "num-layers": {{golden.Layers}},
              "hidden_size": {{golden.HiddenSize}},
              "num-attention-heads": {{golden.Heads}},
              "seq-length": 2048,
              "max-position-embeddings": {{golden.MaxPositions}},
              "norm": "layernorm",
              "pos-emb": "rotary",
              "rotary_pct": {{rotary.Fraction}},
              "rotary-emb-base": {{rotary.Base}},
              "no-weight-tying": true,
              "gpt_j_residual": true,
              "layernorm-epsilon": {{golden.Norm.Epsilon}},
              "attention-config": [[["flash"], {{golden.Layers}}]],
              "optimizer": { "type": "Adam", "params": { "lr": 0.001, "betas": [0.9, 0.95] } },
            }
            """;
        File.WriteAllText(Path.Combine(step, "configs", "sizes.yml"), sizes);
        File.WriteAllText(Path.Combine(step, "configs", "local.yml"), "data-path: /data\nmodel-parallel-size: 2\nvocab-file: x.json\nhidden-size: " + golden.HiddenSize + "\n");
        Assert.Equal(golden, HuggingFaceFolder.LoadConfig(step));
        using (Transformer model = HuggingFaceFolder.Load(_folder["run"]))
            Assert.Equal(golden, model.Config);

        Reads(sizes + "\n\n", golden);
        Reads(sizes.Replace("\"no-weight-tying\"", "\"bias-gelu-fusion\": true, \"no-weight-tying\""), golden with { Activation = Activation.GeluTanh });
        Reads(sizes.Replace("\"gpt_j_residual\": true", "\"gpt_j_residual\": false"), golden with { Residual = ResidualForm.Sequential });
        Refuses(sizes.Replace("\"rotary\"", "\"learned\""), "pos-emb");
        Refuses(sizes.Replace("\"layernorm\"", "\"rmsnorm\""), "norm");
        Refuses(sizes.Replace("\"flash\"", "\"local\""), "attention-config");
        Refuses(sizes.Replace($"\"hidden_size\": {golden.HiddenSize}", "\"hidden_size\": -3"), "hidden-size");
        Refuses(sizes.Replace($"\"hidden_size\": {golden.HiddenSize}", "\"hidden_size\": 1e9"), "hidden-size");
        Refuses(sizes.Replace("\"num-layers\"", "\"layers\""), "num-layers");
        Refuses(sizes.Replace("0.25", "7"), null);
        Refuses("[1, 2]", null);
        Refuses("a: [", null);
        Refuses("a: 1\n---\nb: 2\n", null);
        Refuses("\0", null);
        File.WriteAllText(Path.Combine(step, "configs", "other.yml"), "num-layers: 99\n");
        Assert.Contains("num-layers", Assert.Throws<InputException>(() => NeoXCheckpoint.LoadConfig(step)).Place);

        void Reads(string yaml, TransformerConfig expected)
        {
            File.WriteAllText(_folder["given.yml"], yaml);
            Assert.Equal(expected, NeoXCheckpoint.LoadConfig(step, _folder["given.yml"]));
        }

        void Refuses(string yaml, string? key)
        {
            File.WriteAllText(_folder["given.yml"], yaml);
            var error = Assert.Throws<InputException>(() => NeoXCheckpoint.LoadConfig(step, _folder["given.yml"]));
            Assert.Equal(_folder["given.yml"], error.File);
            if (key is not null)
                Assert.Contains(key, error.Place);
        }
    }

    [Fact]
    public void Folders_that_do_not_hold_together_are_refused()
    {
        string step = _folder["run", "global_step10"], file = Path.Combine(step, "layer_03-model_01-model_states.pt");
        WriteByHand(step, "gpt_neox_parallel", newNames: false);
        string config = GoldenModel.Folder("gpt_neox_parallel") + "/config.json";
        byte[] whole = File.ReadAllBytes(file);

        Assert.Equal("configs", Assert.Throws<InputException>(() => NeoXCheckpoint.LoadConfig(step)).Place);
        File.Delete(file);
        Assert.Equal("layer_03-model_01-model_states.pt", Refused().Place);
        File.WriteAllBytes(file, whole[..^100]);
        Assert.Equal(file, Refused().File);
        File.Copy(Path.Combine(step, "layer_00-model_01-model_states.pt"), file, overwrite: true);
        Assert.Contains("another rank has this tensor", Refused().Problem);
        PytorchWriter.Write(file, [SafetensorsSource.FromBytes("attention.dense.bias", SafetensorsDType.F32, [1], new byte[4])], cancellationToken: Token);
        Refused();
        foreach (string rank in (string[])[file, file.Replace("model_01", "model_00")])
            PytorchWriter.Write(rank + ".new", [SafetensorsSource.FromBytes("attention.dense.bias", SafetensorsDType.I64, [1], new byte[8])], cancellationToken: Token);
        string other = _folder["integers"];
        Directory.CreateDirectory(other);
        foreach (string rank in (string[])["00", "01"])
            File.Move(Path.Combine(step, $"layer_03-model_{rank}-model_states.pt.new"), Path.Combine(other, $"layer_03-model_{rank}-model_states.pt"));
        Assert.Contains("I64", Assert.Throws<InputException>(() => TensorSource.Open(other)).Problem);
        File.WriteAllBytes(file, whole);
        foreach (string copy in (string[])["layer_09-model_00-model_states.pt", "layer_09-model_01-model_states.pt"])
            File.Copy(Path.Combine(step, "layer_00-model_00-model_states.pt"), Path.Combine(step, copy));
        Assert.Contains("another layer", Refused().Problem);

        foreach (string latest in (string[])["../run/global_step10", "global_step11", "", "/global_step10", new string('9', 300)])
        {
            File.WriteAllText(_folder["run", "latest"], latest);
            Assert.False(NeoXCheckpoint.Exists(_folder["run"]));
        }
        Assert.Throws<InputException>(() => NeoXCheckpoint.Load(_folder["run"], config, cancellation: Token));

        InputException Refused() => Assert.Throws<InputException>(() => NeoXCheckpoint.Load(step, config, cancellation: Token).Dispose());
    }

    [Fact]
    public void What_cannot_be_written_is_refused_before_anything_is()
    {
        using Transformer model = GoldenModel.Load("gpt_neox_parallel"), llama = GoldenModel.Load("llama_gqa"), scaled = GoldenModel.Load("gpt_neox_linear_rope");
        Assert.Throws<ArgumentException>(() => NeoXCheckpoint.Save(model.Weights, _folder["out"], 0, 3, cancellation: Token));
        Assert.Throws<ArgumentException>(() => NeoXCheckpoint.Save(llama.Weights, _folder["out"], cancellation: Token));
        Assert.Throws<ArgumentException>(() => NeoXCheckpoint.Save(scaled.Weights, _folder["out"], cancellation: Token));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => NeoXCheckpoint.Save(model.Weights, _folder["out"], cancellation: cancelled.Token));
        Assert.Empty(Directory.Exists(_folder["out"]) ? Directory.GetFileSystemEntries(_folder["out"]) : []);
        NeoXCheckpoint.Save(model.Weights, _folder["out"], cancellation: Token);
        Assert.Contains("already", Assert.Throws<InputException>(() => NeoXCheckpoint.Save(model.Weights, _folder["out"], cancellation: Token)).Problem);
    }

    [Fact]
    public void A_bf16_model_is_written_in_bf16()
    {
        using Transformer model = GoldenModel.Load("gpt_neox_parallel", ScalarType.BFloat16);
        NeoXCheckpoint.Save(model.Weights, _folder["out"], 0, 2, cancellation: Token);
        using ITensorSource source = TensorSource.Open(_folder["out"]);
        Assert.All(source.Tensors.Values, tensor => Assert.Equal(SafetensorsDType.BF16, tensor.DType));
        using Transformer read = HuggingFaceFolder.Load(_folder["out"], ScalarType.BFloat16);
        Assert.Equal(0, GoldenModel.MaxDifference(model.Weights.Flat.Flat, read.Weights.Flat.Flat));
    }

    [Fact]
    public void Conversion_writes_and_reads_checkpoints_a_tensor_at_a_time()
    {
        var options = new ConversionOptions { Format = ModelFormat.NeoX, Type = WeightType.Float16, TensorParallel = 2 };
        ConversionResult result = ModelConversion.Run(GoldenModel.Folder("pytorch_bin"), _folder["neox"], options, cancellation: Token);
        Assert.Contains(result.Files, file => file.Name == Path.Combine("global_step0", "layer_00-model_01-model_states.pt"));
        Assert.Contains(result.Files, file => file.Name == "latest");
        Assert.Equal("GPT-NeoX checkpoint", ModelInspection.Of(_folder["neox"], hashes: false, cancellation: Token).Kind);
        ModelConversion.Run(_folder["neox"], _folder["hf"], new ConversionOptions(), cancellation: Token);
        using StoredModel before = StoredModel.Open(GoldenModel.Folder("pytorch_bin")), after = StoredModel.Open(_folder["hf"]);
        foreach ((HuggingFaceParameter first, HuggingFaceParameter second) in before.Parameters.Zip(after.Parameters))
        {
            using Tensor original = before.Read(first), half = original.to(ScalarType.Float16), found = after.Read(second);
            Assert.Equal(half.bytes.ToArray(), found.bytes.ToArray());
        }

        Assert.Contains("ranks", Assert.Throws<InputException>(() =>
            ModelConversion.Run(GoldenModel.Folder("pytorch_bin"), _folder["three"], options with { TensorParallel = 3 }, cancellation: Token)).Problem);
        Assert.Throws<InputException>(() => ModelConversion.Run(GoldenModel.Folder("llama_gqa"), _folder["llama"], options, cancellation: Token));
        Assert.Throws<InputException>(() => ModelConversion.Run(GoldenModel.Folder("pytorch_bin"), _folder["neox"], options, cancellation: Token));
        ModelConversion.Run(GoldenModel.Folder("pytorch_bin"), _folder["neox"], options with { Force = true, TensorParallel = 1 }, cancellation: Token);
        Assert.Equal(["hf", "neox"], Directory.GetDirectories(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    /// <summary>A model over two ranks as training leaves it: biases and norms of the ranks have gone apart, old buffers are among the tensors.</summary>
    private void WriteByHand(string step, string golden, bool newNames)
    {
        using DisposeScope scope = NewDisposeScope();
        Directory.CreateDirectory(step);
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(step)!, "latest"), Path.GetFileName(step) + "\n");
        IReadOnlyDictionary<string, Tensor> tensors = TensorFiles.Load(Path.Combine(GoldenModel.Folder(golden), "model.safetensors"));
        int layers = HuggingFaceFolder.LoadConfig(GoldenModel.Folder(golden)).Layers;
        for (int rank = 0; rank < 2; rank++)
        {
            Write(0, rank, [("word_embeddings.weight", Rows("gpt_neox.embed_in.weight", rank))]);
            Write(layers + 3, rank, [("norm.weight", Apart("gpt_neox.final_layer_norm.weight", rank)), ("norm.bias", Apart("gpt_neox.final_layer_norm.bias", rank))]);
            Write(layers + 4, rank, [("final_linear.weight", Rows("embed_out.weight", rank))]);
            for (int layer = 0; layer < layers; layer++)
            {
                string at = $"gpt_neox.layers.{layer}.", up = newNames ? "mlp.linear1" : "mlp.dense_h_to_4h", down = newNames ? "mlp.linear2" : "mlp.dense_4h_to_h";
                Write(layer + 2, rank,
                [
                    ("input_layernorm.weight", Apart(at + "input_layernorm.weight", rank)), ("input_layernorm.bias", Apart(at + "input_layernorm.bias", rank)),
                    ("attention.query_key_value.weight", Rows(at + "attention.query_key_value.weight", rank)),
                    ("attention.query_key_value.bias", Rows(at + "attention.query_key_value.bias", rank)),
                    ("attention.rotary_emb.inv_freq", ones(8)),
                    ("attention.dense.weight", tensors[at + "attention.dense.weight"].chunk(2, 1)[rank]), ("attention.dense.bias", Share(at + "attention.dense.bias", rank)),
                    ("post_attention_layernorm.weight", Apart(at + "post_attention_layernorm.weight", rank)),
                    ("post_attention_layernorm.bias", Apart(at + "post_attention_layernorm.bias", rank)),
                    (up + ".weight", Rows(at + "mlp.dense_h_to_4h.weight", rank)), (up + ".bias", Rows(at + "mlp.dense_h_to_4h.bias", rank)),
                    (down + ".weight", tensors[at + "mlp.dense_4h_to_h.weight"].chunk(2, 1)[rank]), (down + ".bias", Share(at + "mlp.dense_4h_to_h.bias", rank)),
                ]);
            }
        }

        Tensor Rows(string name, int rank) => tensors[name].chunk(2, 0)[rank];
        Tensor Share(string name, int rank) => tensors[name] * (rank == 0 ? 0.3f : 0.7f);
        Tensor Apart(string name, int rank) => tensors[name] + (rank == 0 ? 0.001f : -0.001f);
        void Write(int layer, int rank, (string Name, Tensor Value)[] values) => PytorchWriter.Write(
            Path.Combine(step, $"layer_{layer:00}-model_{rank:00}-model_states.pt"), [.. values.Select(value => TensorFiles.Source(value.Name, value.Value))], cancellationToken: Token);
    }
}
