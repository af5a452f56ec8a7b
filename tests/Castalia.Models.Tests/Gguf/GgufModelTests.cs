using System.Buffers.Binary;
using Castalia.Formats;
using Castalia.Models.Gguf;
using Castalia.Testing;
using static TorchSharp.torch;

namespace Castalia.Models.Tests.Gguf;

/// <summary>Models written as GGUF files and computed with from there: every architecture, every type.</summary>
public sealed class GgufModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gpt_neox_sequential", 5e-3)] // its GELU is by erf, which the file does not say
    [InlineData("gpt_neox_linear_rope", 1e-4)]
    [InlineData("llama_gqa", 1e-4)]
    [InlineData("llama_rope_linear", 1e-4)]
    [InlineData("llama_rope_yarn", 1e-4)]
    [InlineData("bloom_6heads", 1e-4)]
    [InlineData("gpt2", 1e-4)]
    public void Logits_of_a_model_read_from_its_file_are_the_originals(string name, double tolerance)
    {
        using Transformer model = HuggingFaceFolder.Load(Write(name, GgmlType.F32));
        TransformerConfig original = HuggingFaceFolder.LoadConfig(GoldenModel.Folder(name));
        using Tensor logits = Logits(model, GoldenModel.InputIds(name)), expected = GoldenModel.Tensor(name, "logits.safetensors", "logits");
        Assert.InRange(GoldenModel.MaxDifference(logits, expected), 0, tolerance * (name == "gpt_neox_sequential" ? 10 : 1));
        // What a file does not say: the ids of marks where there is no tokenizer, and how GELU was trained.
        Assert.Equal(original with { BeginTokenId = null, EndTokenId = null, Activation = model.Config.Activation }, model.Config);
    }

    [Theory]
    [InlineData(GgmlType.F16)]
    [InlineData(GgmlType.BF16)]
    [InlineData(GgmlType.Q8_0)]
    public void Matrices_are_rounded_to_the_type_and_norms_biases_and_positions_are_not(GgmlType type)
    {
        using GgufFile rounded = GgufFile.Open(Write("gpt2", type)), exact = GgufFile.Open(Write("gpt2", GgmlType.F32));
        Assert.Equal(type switch { GgmlType.F16 => 1, GgmlType.BF16 => 32, _ => 7 }, rounded.Get("general.file_type").AsInteger());
        foreach (GgufTensor tensor in exact.InFileOrder)
        {
            GgufTensor other = rounded[tensor.Name];
            bool kept = tensor.Shape.Length == 1 || tensor.Name == "position_embd.weight";
            Assert.Equal(kept ? GgmlType.F32 : type, other.Type);
            using Tensor before = Tensors.GgufTensors.Read(exact, tensor), after = Tensors.GgufTensors.Read(rounded, other);
            double step = kept ? 0 : type switch { GgmlType.F16 => 1e-3, GgmlType.BF16 => 8e-3, _ => 8e-3 };
            Assert.InRange(GoldenModel.MaxDifference(before, after), kept ? 0 : float.Epsilon, step * before.abs().max().item<float>());
        }
    }

    [Fact]
    public void Rows_that_are_no_whole_blocks_are_halves_in_a_file_of_blocks()
    {
        using GgufFile file = GgufFile.Open(Write("bloom_6heads", GgmlType.Q8_0)); // 60 wide
        Assert.Equal(GgmlType.F16, file["token_embd.weight"].Type);
        Assert.Equal(GgmlType.Q8_0, file.InFileOrder.First(tensor => tensor.Shape is [_, var columns] && columns % 32 == 0).Type);
    }

    [Fact]
    public void Llama_3s_scaling_is_written_as_divisors_of_the_frequencies()
    {
        string path = Write("llama_rope_llama3", GgmlType.F32);
        using GgufFile file = GgufFile.Open(path);
        var rotary = (RotaryPositions)HuggingFaceFolder.LoadConfig(GoldenModel.Folder("llama_rope_llama3")).Position;
        var scaling = (Llama3RotaryScaling)rotary.Scaling!;
        float[] divisors = Numbers(file, "rope_freqs.weight");
        Assert.Equal(8, divisors.Length);
        Assert.Equal(1, divisors[0]);                     // the fastest keep their frequency,
        Assert.Equal(scaling.Factor, divisors[^1], 1e-4); // the slowest are divided by the factor
        Assert.Equal(divisors.Order(), divisors);
        Assert.Null(file.Find("llama.rope.scaling.type"));
        Assert.Contains("cannot be told", Assert.Throws<InputException>(() => HuggingFaceFolder.LoadConfig(path)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Yarns_own_magnitude_is_left_to_llama_cpp_and_another_is_written()
    {
        using GgufFile usual = GgufFile.Open(Write("llama_rope_yarn", GgmlType.F32));
        Assert.Equal("yarn", usual.Get("llama.rope.scaling.type").AsString());
        Assert.Null(usual.Find("llama.rope.scaling.attn_factor"));

        TransformerConfig config = Tiny("gpt_neox") with { Position = new RotaryPositions(Fraction: 0.5, Scaling: new YarnRotaryScaling(4, 32) { AttentionFactor = 1.5 }) };
        string path = Write(config, out _);
        using GgufFile file = GgufFile.Open(path);
        Assert.Equal(1.5 / (1 + 0.1 * Math.Log(4)), file.Get("gptneox.rope.scaling.attn_factor").AsFloat(), 1e-6);
        Assert.Equal(1.5, ((YarnRotaryScaling)((RotaryPositions)HuggingFaceFolder.LoadConfig(path).Position).Scaling!).Magnitude, 1e-6);
    }

    [Fact]
    public void What_llama_cpp_insists_on_is_there_where_the_model_has_none()
    {
        string path = Write(Tiny("gpt_neox") with { TiedEmbeddings = true, QkvBias = false, AttentionOutputBias = false }, out Tensor logits);
        using GgufFile file = GgufFile.Open(path);
        Assert.Equal(file.Bytes(file["token_embd.weight"]).ToArray(), file.Bytes(file["output.weight"]).ToArray());
        Assert.All(Numbers(file, "blk.1.attn_qkv.bias").Concat(Numbers(file, "blk.1.attn_output.bias")), number => Assert.Equal(0, number));
        using (logits)
        using (Transformer back = HuggingFaceFolder.Load(path))
        using (Tensor again = Logits(back, Ids()))
            Assert.InRange(GoldenModel.MaxDifference(logits, again), 0, 1e-5);
    }

    [Fact]
    public void Biases_and_heads_of_another_width_of_a_Llama_come_through()
    {
        TransformerConfig config = Tiny("llama") with { KeyValueHeads = 2, OwnHeadSize = 12, QkvBias = true, AttentionOutputBias = true, MlpBias = true };
        string path = Write(config, out Tensor logits);
        using (logits)
        using (Transformer back = HuggingFaceFolder.Load(path))
        using (Tensor again = Logits(back, Ids()))
        {
            Assert.Equal(config with { BeginTokenId = null, EndTokenId = null }, back.Config);
            Assert.InRange(GoldenModel.MaxDifference(logits, again), 0, 1e-5);
        }
    }

    [Theory]
    [InlineData("gptj", "nothing that computes it")]
    [InlineData("gpt_neo", "no GPT-Neo")]
    [InlineData("opt", "no OPT")]
    [InlineData("llama_rope_dynamic", "no dynamic scaling")]
    public void What_llama_cpp_does_not_compute_is_refused(string name, string said)
    {
        InputException error = Assert.Throws<InputException>(() => Write(name, GgmlType.F16));
        Assert.Equal(GoldenModel.Folder(name), error.File);
        Assert.Contains(said, error.Problem, StringComparison.Ordinal);
        Assert.Contains("--to hf", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void So_is_a_model_whose_details_it_does_not_compute()
    {
        Refused("whole heads", Tiny("llama") with { Position = new RotaryPositions(Fraction: 0.5) });
        Refused("no Relu", Tiny("gpt_neox") with { Activation = Activation.Relu });
        Refused("for Llama only", Tiny("gpt_neox") with { Position = new RotaryPositions(Fraction: 0.5, Scaling: new Llama3RotaryScaling(2, 32, 1, 4)) });
        Refused("whole dimensions", Tiny("gpt_neox") with { Position = new RotaryPositions(Fraction: 0.5, Scaling: new YarnRotaryScaling(2, 32) { Truncate = false }) });
        Refused("root of a head's size", Tiny("gpt2") with { AttentionScale = 1 });
        Refused("norms' outputs", Tiny("bloom") with { Residual = ResidualForm.SequentialFromNorm });

        void Refused(string said, TransformerConfig config) =>
            Assert.Contains(said, Assert.Throws<InputException>(() => Write(config, out _)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_that_a_type_cannot_have_are_refused_and_no_file_appears()
    {
        using (var weights = WeightInit.Pythia.Create(Tiny("gpt_neox"), seed: 3))
        {
            weights[ParameterNames.MlpUpWeight(1)].fill_(70_000);
            HuggingFaceFolder.Save(weights, _folder["large"]);
            weights[ParameterNames.MlpUpWeight(1)].fill_(double.NaN);
            HuggingFaceFolder.Save(weights, _folder["nan"]);
        }
        Refused("large", GgmlType.F16, "65504");
        Refused("nan", GgmlType.Q8_0, "not finite");

        void Refused(string name, GgmlType type, string said)
        {
            using StoredModel model = StoredModel.Open(_folder[name]);
            InputException error = Assert.Throws<InputException>(() =>
                GgufModel.Write(model, _folder["no.gguf"], type, new GgufDescription(name), null, null, TestContext.Current.CancellationToken));
            Assert.Equal("tensor blk.1.ffn_up.weight", error.Place);
            Assert.Contains(said, error.Problem, StringComparison.Ordinal);
            Assert.False(File.Exists(_folder["no.gguf"]));
        }
    }

    [Fact]
    public void Files_that_are_no_model_known_here_are_refused()
    {
        byte[] sound = File.ReadAllBytes(Write("gpt2", GgmlType.F32));
        Refused("expected one of gptneox", Replaced("gpt2\0"u8[..4], "gpt9"u8, first: true));
        Refused("do not include it", Replaced("gpt2.block_count"u8, "gpt2.block_coun_"u8));
        Refused("from 1 to", NumberAfter("gpt2.attention.head_count", 0));
        Refused("not a multiple", NumberAfter("gpt2.attention.head_count", 5));
        Refused("do not include it", NumberAfter("gpt2.block_count", 4));
        Refused("the file's keys ask for the shape", NumberAfter("gpt2.feed_forward_length", 64));

        byte[] Replaced(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, bool first = false)
        {
            byte[] changed = [.. sound];
            int at = changed.AsSpan().IndexOf(first ? "general.architecture"u8 : from);
            at += changed.AsSpan(at).IndexOf(from);
            to.CopyTo(changed.AsSpan(at));
            return changed;
        }

        byte[] NumberAfter(string key, uint value)
        {
            byte[] changed = [.. sound];
            int at = changed.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(key + "\u0004")) + key.Length + 4;
            BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(at), value);
            return changed;
        }

        void Refused(string said, byte[] bytes)
        {
            File.WriteAllBytes(_folder["odd.gguf"], bytes);
            InputException error = Assert.Throws<InputException>(() => HuggingFaceFolder.Load(_folder["odd.gguf"]));
            Assert.Equal(_folder["odd.gguf"], error.File);
            Assert.Contains(said, error.Message, StringComparison.Ordinal);
        }
    }

    private static TransformerConfig Tiny(string architecture)
    {
        var config = new TransformerConfig
        {
            Architecture = architecture,
            VocabularySize = 64,
            HiddenSize = 32,
            Layers = 2,
            Heads = 4,
            IntermediateSize = architecture == "bloom" ? 128 : 96,
            MaxPositions = 32,
            Position = new RotaryPositions(Fraction: 0.5),
            Activation = Activation.GeluTanh,
        };
        return architecture switch
        {
            "llama" => config with
            {
                Position = new RotaryPositions(Fraction: 1),
                Residual = ResidualForm.Sequential,
                Norm = new RmsNorm(1e-5),
                Activation = Activation.Silu,
                GatedMlp = true,
                QkvBias = false,
                AttentionOutputBias = false,
                MlpBias = false,
            },
            "gpt2" => config with { Position = new LearnedPositions(), Residual = ResidualForm.Sequential },
            "bloom" => config with { Position = new AlibiPositions(), Residual = ResidualForm.Sequential, EmbeddingNorm = true },
            _ => config,
        };
    }

    private static Tensor Logits(Transformer model, Tensor ids)
    {
        using IDisposable noGradient = no_grad();
        using Tensor hidden = model.Hidden(ids);
        return model.Logits(hidden);
    }

    private static Tensor Ids() => arange(20, ScalarType.Int64).view(2, 10);

    private static float[] Numbers(GgufFile file, string tensor) =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(file.Bytes(file[tensor])).ToArray();

    private string Write(string name, GgmlType type)
    {
        using StoredModel model = StoredModel.Open(GoldenModel.Folder(name));
        return Write(model, type);
    }

    private string Write(TransformerConfig config, out Tensor logits)
    {
        using (var model = new Transformer(WeightInit.Pythia.Create(config, seed: 11)))
        {
            using (no_grad())
                model.Weights.Flat.Flat.add_(arange(model.Weights.Flat.Length, ScalarType.Float32).remainder(7).mul_(0.01)); // biases and norms of their own
            logits = Logits(model, Ids());
            HuggingFaceFolder.Save(model, _folder["model"]);
        }
        using StoredModel stored = StoredModel.Open(_folder["model"]);
        return Write(stored, GgmlType.F32);
    }

    private string Write(StoredModel model, GgmlType type)
    {
        string path = _folder[$"{Path.GetFileName(model.Path)}-{type}.gguf"];
        GgufModel.Write(model, path, type, new GgufDescription("test"), null, null, TestContext.Current.CancellationToken);
        return path;
    }
}
