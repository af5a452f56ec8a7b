using System.Text.Json;
using Castalia.Testing;

namespace Castalia.Formats.Tests.PyTorch;

/// <summary>Files that PyTorch wrote, against what it says is in them.</summary>
public sealed class PytorchGoldenTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Golden(string file) => Fixtures.Path("models", "pytorch_bin", file);

    [Theory]
    [InlineData("awkward.bin")]
    [InlineData("awkward.legacy.bin")]
    public void Every_tensor_and_plain_value_is_what_was_saved(string name)
    {
        using PytorchFile file = PytorchFile.Open(Golden(name));
        JsonElement expected = JsonDocument.Parse(File.ReadAllBytes(Golden("awkward.json"))).RootElement;
        var content = Assert.IsType<PickleDictionary>(file.Content);
        Assert.Equal(expected.EnumerateObject().Select(item => item.Name), content.Select(pair => (string)pair.Key));
        foreach (JsonProperty item in expected.EnumerateObject())
            Same(file, item.Value, content.Find(item.Name));
        Assert.Equal("nested.x", file.Tensors.Keys.Last());
        Assert.Same(file.Tensors, file.StateDict);
    }

    [Fact]
    public void Views_of_one_storage_share_it()
    {
        using PytorchFile file = PytorchFile.Open(Golden("awkward.bin"));
        PytorchStorage storage = file.Tensors["a"].Storage;
        Assert.All((string[])["a_t", "a_row2", "a_col1"], name => Assert.Same(storage, file.Tensors[name].Storage));
        Assert.NotSame(storage, file.Tensors["param"].Storage);
        Assert.Equal(24, storage.Elements);
        Assert.False(file.Tensors["a_t"].IsContiguous);
        Assert.True(file.Tensors["a_row2"].IsContiguous);
        Assert.False(file.Tensors["a_col1"].IsContiguous);
    }

    [Theory]
    [InlineData("pytorch_model.bin", SafetensorsDType.F32)]
    [InlineData("pytorch_model.legacy.bin", SafetensorsDType.F32)]
    [InlineData("pytorch_model.bf16.bin", SafetensorsDType.BF16)]
    [InlineData("pytorch_model.fp16.bin", SafetensorsDType.F16)]
    public void A_model_has_the_tensors_of_its_safetensors_twin(string name, SafetensorsDType dtype)
    {
        using PytorchFile file = PytorchFile.Open(Golden(name));
        using SafetensorsFile twin = SafetensorsFile.Open(Fixtures.Path("models", "gpt_neox_parallel", "model.safetensors"));
        // Beside them it has the buffers that transformers kept in older files.
        Assert.All(file.Tensors.Keys.Except(twin.Tensors.Keys), extra => Assert.Matches(@"\.(attention\.bias|masked_bias|inv_freq)$", extra));
        foreach (string key in twin.Tensors.Keys)
        {
            PytorchTensor tensor = file.Tensors[key];
            Assert.Equal(dtype, tensor.DType);
            Assert.Equal(twin[key].Shape, tensor.Shape);
            Assert.Equal(Round(twin.Bytes(twin[key]), dtype), file.ToArray(tensor));
        }
    }

    [Fact]
    public void Element_types_are_those_of_the_safetensors_twin()
    {
        using PytorchFile file = PytorchFile.Open(Golden("awkward.bin"));
        using SafetensorsFile twin = SafetensorsFile.Open(Golden("dtypes.safetensors"));
        int compared = 0;
        foreach (SafetensorsEntry entry in twin.InFileOrder)
        {
            if (!file.Tensors.TryGetValue(entry.Name, out PytorchTensor? tensor))
                continue;
            Assert.Equal(entry.DType, tensor.DType);
            Assert.Equal(twin.Bytes(entry).ToArray(), file.ToArray(tensor));
            compared++;
        }
        Assert.InRange(compared, 8, twin.Tensors.Count);
    }

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("pytorch_model.bf16.bin")]
    [InlineData("pytorch_model.fp16.bin")]
    public void What_we_write_has_the_bytes_that_torch_save_wrote(string name)
    {
        byte[] golden = File.ReadAllBytes(Golden(name));
        // torch.save puts the name of the file into it.
        string path = _folder[ArchiveName(golden) + ".bin"];
        using (PytorchFile file = PytorchFile.Open(Golden(name)))
        {
            IEnumerable<SafetensorsSource> tensors = file.Tensors.Select(
                pair => SafetensorsSource.FromBytes(pair.Key, pair.Value.DType, [.. pair.Value.Shape], file.ToArray(pair.Value)));
            PytorchWriter.Write(path, [.. tensors], cancellationToken: TestContext.Current.CancellationToken);
        }
        byte[] own = File.ReadAllBytes(path);

        // All but the last member, an id of this file, and the directory, which lists it.
        int members = golden.AsSpan().LastIndexOf("PK\u0003\u0004"u8);
        Assert.InRange(members, golden.Length - 10_000, golden.Length);
        Assert.True(golden.AsSpan(0, members).SequenceEqual(own.AsSpan(0, members)));
        // The directory lists the same members at the same places.
        int listed = own.AsSpan().LastIndexOf("PK\u0006\u0006"u8) - members, goldenDirectory = golden.AsSpan().IndexOf("PK\u0001\u0002"u8);
        Assert.True(golden.AsSpan(goldenDirectory, listed).SequenceEqual(own.AsSpan(members, listed)));
        Assert.Equal("PK\u0001\u0002"u8.ToArray(), golden[(goldenDirectory + listed)..(goldenDirectory + listed + 4)]);
    }

    private static string ArchiveName(byte[] archive) =>
        System.Text.Encoding.UTF8.GetString(archive.AsSpan(30, BitConverter.ToUInt16(archive, 26))).Split('/')[0];

    private static byte[] Round(ReadOnlySpan<byte> floats, SafetensorsDType dtype)
    {
        float[] numbers = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(floats).ToArray();
        return dtype switch
        {
            SafetensorsDType.F16 => [.. numbers.SelectMany(number => BitConverter.GetBytes((Half)number))],
            SafetensorsDType.BF16 => [.. numbers.SelectMany(number => BitConverter.GetBytes((ushort)(NearestEven(BitConverter.SingleToUInt32Bits(number)) >> 16)))],
            _ => floats.ToArray(),
        };

        static uint NearestEven(uint bits) => bits + 0x7FFF + ((bits >> 16) & 1);
    }

    private static void Same(PytorchFile file, JsonElement expected, object? found)
    {
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object when expected.TryGetProperty("dtype", out JsonElement dtype):
                var tensor = Assert.IsType<PytorchTensor>(found);
                Assert.Equal(TorchType.All.First(type => type.Names.Contains(dtype.GetString())).DType, tensor.DType);
                Assert.Equal(expected.GetProperty("shape").Deserialize<long[]>()!, tensor.Shape);
                Assert.Equal(expected.GetProperty("stride").Deserialize<long[]>()!, tensor.Strides);
                Assert.Equal(expected.GetProperty("data").Deserialize<double[]>()!, Numbers(file.ToArray(tensor), tensor.DType));
                break;
            case JsonValueKind.Object:
                var dictionary = Assert.IsType<PickleDictionary>(found);
                Assert.Equal(expected.EnumerateObject().Count(), dictionary.Count);
                foreach (JsonProperty item in expected.EnumerateObject())
                    Same(file, item.Value, dictionary.Find(item.Name));
                break;
            case JsonValueKind.Array:
                var list = Assert.IsAssignableFrom<IReadOnlyList<object?>>(found);
                Assert.Equal(expected.GetArrayLength(), list.Count);
                for (int i = 0; i < list.Count; i++)
                    Same(file, expected[i], list[i]);
                break;
            case JsonValueKind.String: Assert.Equal(expected.GetString(), found); break;
            case JsonValueKind.Number when found is long number: Assert.Equal(expected.GetInt64(), number); break;
            case JsonValueKind.Number: Assert.Equal(expected.GetDouble(), found); break;
            case JsonValueKind.Null: Assert.Null(found); break;
            default: Assert.Equal(expected.GetBoolean(), found); break;
        }
    }

    private static double[] Numbers(byte[] bytes, SafetensorsDType dtype)
    {
        int size = dtype.Bits() / 8;
        return [.. Enumerable.Range(0, bytes.Length / size).Select(i => dtype switch
        {
            SafetensorsDType.F32 => BitConverter.ToSingle(bytes, i * size),
            SafetensorsDType.F64 => BitConverter.ToDouble(bytes, i * size),
            SafetensorsDType.F16 => (double)BitConverter.ToHalf(bytes, i * size),
            SafetensorsDType.BF16 => BitConverter.UInt32BitsToSingle((uint)BitConverter.ToUInt16(bytes, i * size) << 16),
            SafetensorsDType.I64 => BitConverter.ToInt64(bytes, i * size),
            SafetensorsDType.I32 => BitConverter.ToInt32(bytes, i * size),
            SafetensorsDType.I16 => BitConverter.ToInt16(bytes, i * size),
            SafetensorsDType.I8 => (sbyte)bytes[i],
            _ => bytes[i],
        })];
    }
}
