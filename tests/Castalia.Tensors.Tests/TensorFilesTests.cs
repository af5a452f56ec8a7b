using Castalia.Testing;
using static Castalia.Tensors.Tests.TensorAssert;
using static TorchSharp.torch;

namespace Castalia.Tensors.Tests;

public class TensorFilesTests
{
    private static readonly TensorSpec[] Specs = [new("a", [3, 4]), new("b", [5], Decay: false)];

    [Fact]
    public void Every_type_comes_back_as_it_was()
    {
        using var scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        Tensor values = Random([4, 6], ScalarType.Float32, 1, 50);
        ScalarType[] types =
        [
            ScalarType.Float32, ScalarType.BFloat16, ScalarType.Float16, ScalarType.Float64, ScalarType.Int64, ScalarType.Int32,
            ScalarType.Int16, ScalarType.Int8, ScalarType.Byte, ScalarType.Bool,
        ];
        Dictionary<string, Tensor> tensors = types.ToDictionary(type => type.ToString(), type => values.to(type));
        tensors.Add("scalar", tensor(2.5f));
        tensors.Add("transposed", values.t());
        TensorFiles.Save(folder["all.safetensors"], tensors, new Dictionary<string, string> { ["format"] = "pt" });
        IReadOnlyDictionary<string, Tensor> loaded = TensorFiles.Load(folder["all.safetensors"]);
        Assert.Equal(tensors.Keys.Order(StringComparer.Ordinal), loaded.Keys.Order(StringComparer.Ordinal));
        foreach ((string name, Tensor expected) in tensors)
        {
            Assert.Equal(expected.dtype, loaded[name].dtype);
            Same(expected, loaded[name]);
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_flat_set_is_filled_from_a_file_and_cast_where_types_differ(ScalarType dtype)
    {
        using TemporaryFolder folder = new();
        using FlatTensors saved = new(Specs, ScalarType.Float32);
        saved.Flat.copy_(Random([saved.Length], ScalarType.Float32, 4));
        TensorFiles.Save(folder["m.safetensors"], saved);
        using FlatTensors read = new(Specs, dtype, requiresGrad: true);
        TensorFiles.Read(folder["m.safetensors"], read);
        foreach (TensorSpec spec in Specs)
            Same(saved[spec.Name].to(dtype), read[spec.Name]);
    }

    [Fact]
    public void A_file_that_does_not_fit_is_refused_by_the_tensors_name()
    {
        using TemporaryFolder folder = new();
        using FlatTensors saved = new(Specs, ScalarType.Float32);
        TensorFiles.Save(folder["m.safetensors"], saved);
        foreach (TensorSpec[] others in (TensorSpec[][])[[new("a", [3, 4])], [.. Specs, new("c", [1])], [new("a", [4, 3]), Specs[1]]])
        {
            using FlatTensors other = new(others, ScalarType.Float32);
            InputException refused = Assert.Throws<InputException>(() => TensorFiles.Read(folder["m.safetensors"], other));
            Assert.StartsWith("tensor ", refused.Place);
        }
    }
}
