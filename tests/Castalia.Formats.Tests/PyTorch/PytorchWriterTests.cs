using Castalia.Testing;

namespace Castalia.Formats.Tests.PyTorch;

public sealed class PytorchWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Everything_that_can_be_written_is_read_again()
    {
        List<KeyValuePair<string, object?>> inner = [new("flag", true), new("off", false), new("pi", 3.25), new("none", null), new("text", "näme")];
        List<KeyValuePair<string, object?>> content =
        [
            new("small", 5), new("byte", 255), new("word", 65_535), new("int", 65_536), new("negative", -1), new("long", long.MinValue), new("large", 1L << 40),
            new("inner", inner), new("none", Enumerable.Empty<KeyValuePair<string, object?>>()),
            .. Enum.GetValues<SafetensorsDType>().Where(type => TorchType.All.Any(known => known.DType == type && known.Storage is not null))
                .Select(type => new KeyValuePair<string, object?>(type.ToString(), Tensor(type.ToString(), type, [2, 3]))),
            new("scalar", Tensor("", SafetensorsDType.F32, [])), new("nothing", Tensor("", SafetensorsDType.F32, [0, 4])), new("deep", Tensor("", SafetensorsDType.U8, [2, 1, 2, 1, 2])),
        ];
        PytorchWriter.Write(_folder["a.pt"], content, cancellationToken: Token);
        using PytorchFile file = PytorchFile.Open(_folder["a.pt"]);
        var read = Assert.IsType<PickleDictionary>(file.Content);
        Assert.Equal(content.Select(pair => pair.Key), read.Select(pair => (string)pair.Key));
        foreach ((string key, object? value) in content)
        {
            switch (value)
            {
                case SafetensorsSource source:
                    PytorchTensor tensor = file.Tensors[key];
                    var bytes = new MemoryStream();
                    source.Write(bytes);
                    Assert.Equal(source.DType, tensor.DType);
                    Assert.Equal(bytes.ToArray(), file.ToArray(tensor));
                    Assert.Equal(source.Shape, tensor.Shape);
                    Assert.True(tensor.IsContiguous);
                    break;
                case IEnumerable<KeyValuePair<string, object?>> items:
                    Assert.Equal(items.ToDictionary(pair => (object)pair.Key, pair => pair.Value), Assert.IsType<PickleDictionary>(read.Find(key)).ToDictionary());
                    break;
                default:
                    Assert.Equal(Convert.ToInt64(value), read.Find(key));
                    break;
            }
        }
    }

    [Fact]
    public void More_items_than_one_batch_are_written_and_read()
    {
        foreach (int count in (int[])[1, 999, 1000, 1001, 2500])
        {
            PytorchWriter.Write(_folder["n.pt"], [.. Enumerable.Range(0, count).Select(i => Tensor($"t{i}", SafetensorsDType.U8, [1]))], cancellationToken: Token);
            using PytorchFile file = PytorchFile.Open(_folder["n.pt"]);
            Assert.Equal(Enumerable.Range(0, count).Select(i => $"t{i}"), file.Tensors.Keys);
        }
    }

    [Fact]
    public void What_cannot_be_written_leaves_no_file()
    {
        SafetensorsSource sound = Tensor("a", SafetensorsDType.F32, [2]);
        Assert.Throws<ArgumentException>(() => PytorchWriter.Write(_folder["x.pt"], [sound, sound], cancellationToken: Token));
        Assert.Throws<ArgumentException>(() => PytorchWriter.Write(_folder["x.pt"], [sound with { DType = SafetensorsDType.F8E4M3 }], cancellationToken: Token));
        Assert.Throws<ArgumentException>(() => PytorchWriter.Write(_folder["x.pt"], [sound with { Length = 4 }], cancellationToken: Token));
        Assert.Throws<InvalidOperationException>(() => PytorchWriter.Write(_folder["x.pt"], [sound with { Write = _ => { } }], cancellationToken: Token));
        Assert.Throws<ArgumentException>(() => PytorchWriter.Write(_folder["x.pt"], [new KeyValuePair<string, object?>("d", DateTime.MinValue)], cancellationToken: Token));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => PytorchWriter.Write(_folder["x.pt"], [sound], cancellationToken: cancelled.Token));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    private static SafetensorsSource Tensor(string name, SafetensorsDType type, long[] shape)
    {
        byte[] bytes = new byte[type.ByteLength(shape)!.Value];
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)(type == SafetensorsDType.Bool ? i % 2 : i + (int)type);
        return SafetensorsSource.FromBytes(name, type, shape, bytes);
    }
}
