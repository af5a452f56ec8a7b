using Castalia.Formats;
using Castalia.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Castalia.Models.Tests;

/// <summary>Models whose weights are in PyTorch's own files.</summary>
public sealed class PytorchFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("pytorch_bin")]
    [InlineData("sharded_bin")]
    public void Logits_equal_the_reference(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using Transformer model = GoldenModel.Load(name);
        Tensor logits = model.Logits(model.Hidden(GoldenModel.InputIds(name)));
        Assert.InRange(GoldenModel.MaxDifference(logits, GoldenModel.Tensor(name, "logits.safetensors", "logits")), 0, 1e-4f);
        AssertSameWeights("gpt_neox_parallel", model);
    }

    [Theory]
    [InlineData("pytorch_model.legacy.bin", 0)]
    [InlineData("pytorch_model.bf16.bin", 0.004)]
    [InlineData("pytorch_model.fp16.bin", 0.0005)]
    public void Other_forms_and_types_give_the_same_weights(string file, double relative)
    {
        using DisposeScope scope = NewDisposeScope();
        using Transformer exact = GoldenModel.Load("gpt_neox_parallel"), model = HuggingFaceFolder.Load(Folder(file));
        Tensor difference = (exact.Weights.Flat.Flat - model.Weights.Flat.Flat).abs() / exact.Weights.Flat.Flat.abs().clamp_min(1e-3);
        Assert.InRange(difference.max().item<float>(), 0, relative);
    }

    [Fact]
    public void Safetensors_are_taken_where_both_are_there()
    {
        string folder = Folder("pytorch_model.bin");
        File.WriteAllText(Path.Combine(folder, "pytorch_model.bin"), "not a model");
        File.Copy(Path.Combine(GoldenModel.Folder("gpt_neox_parallel"), "model.safetensors"), Path.Combine(folder, "model.safetensors"));
        using Transformer model = HuggingFaceFolder.Load(folder);
        AssertSameWeights("gpt_neox_parallel", model);
    }

    [Fact]
    public void A_missing_or_superfluous_tensor_is_said_with_its_file()
    {
        string folder = Folder("pytorch_model.bin"), path = Path.Combine(folder, "pytorch_model.bin");
        List<SafetensorsSource> tensors;
        using (PytorchFile file = PytorchFile.Open(path))
            tensors = [.. file.StateDict.Select(pair => SafetensorsSource.FromBytes(pair.Key, pair.Value.DType, [.. pair.Value.Shape], file.ToArray(pair.Value)))];
        PytorchWriter.Write(path, [.. tensors.Where(tensor => tensor.Name != "embed_out.weight")], cancellationToken: TestContext.Current.CancellationToken);
        var error = Assert.Throws<InputException>(() => HuggingFaceFolder.Load(folder));
        Assert.Equal(("tensor embed_out.weight", path), (error.Place, error.File));
        PytorchWriter.Write(path, [.. tensors, SafetensorsSource.FromBytes("extra", SafetensorsDType.F32, [], new byte[4])], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("tensor extra", Assert.Throws<InputException>(() => HuggingFaceFolder.Load(folder)).Place);
    }

    [Fact]
    public void An_index_may_name_no_file_elsewhere()
    {
        string folder = _folder["sharded"];
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(GoldenModel.Folder("sharded_bin")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        string index = Path.Combine(folder, "pytorch_model.bin.index.json"), text = File.ReadAllText(index);
        foreach (string other in (string[])["../pytorch_model-00001-of-00003.bin", "/etc/passwd", "", "..", "a\\\\b", "missing.bin"])
        {
            File.WriteAllText(index, text.Replace("pytorch_model-00001-of-00003.bin", other));
            Assert.Throws<InputException>(() => HuggingFaceFolder.Load(folder));
        }
        File.WriteAllText(index, text.Replace("pytorch_model-00001-of-00003.bin", "pytorch_model-00002-of-00003.bin"));
        Assert.Contains("it is not", Assert.Throws<InputException>(() => HuggingFaceFolder.Load(folder)).Problem);
    }

    [Fact]
    public void One_file_of_weights_is_opened_by_what_it_is()
    {
        using ITensorSource file = TensorSource.Open(Path.Combine(GoldenModel.Folder("pytorch_bin"), "awkward.legacy.bin"));
        using Tensor transposed = file.Read("a_t"), scalar = file.Read("scalar"), empty = file.Read("empty"), truth = file.Read("b"), bf16 = file.Read("bf16");
        Assert.Equal([0f, 6, 12, 18, 1, 7], transposed.data<float>().ToArray()[..6]);
        Assert.Equal([6, 4], transposed.shape);
        Assert.Equal(3.25f, scalar.item<float>());
        Assert.Equal([0, 4], empty.shape);
        Assert.Equal((ScalarType.Bool, ScalarType.BFloat16), (truth.dtype, bf16.dtype));
        Assert.True(truth[0].item<bool>());
        Assert.Equal(-3f, bf16[1].to(ScalarType.Float32).item<float>());
    }

    private static void AssertSameWeights(string golden, Transformer model)
    {
        using Transformer expected = GoldenModel.Load(golden);
        Assert.Equal(0, GoldenModel.MaxDifference(expected.Weights.Flat.Flat, model.Weights.Flat.Flat));
    }

    private string Folder(string file)
    {
        string folder = _folder[file];
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(GoldenModel.Folder("pytorch_bin"), "config.json"), Path.Combine(folder, "config.json"));
        File.Copy(Path.Combine(GoldenModel.Folder("pytorch_bin"), file), Path.Combine(folder, "pytorch_model.bin"));
        return folder;
    }
}
