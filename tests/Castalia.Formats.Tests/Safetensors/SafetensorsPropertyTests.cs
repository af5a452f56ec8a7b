using Castalia.Testing;
using CsCheck;

namespace Castalia.Formats.Tests.Safetensors;

public sealed class SafetensorsPropertyTests
{
    private sealed record Tensor(string Name, SafetensorsDType DType, long[] Shape, byte[] Content);

    // F4 and the F6 types fill whole bytes only for some shapes.
    private static readonly Gen<Tensor> AnyTensor =
        from type in Gen.Enum<SafetensorsDType>()
        from name in Gen.String[0, 12]
        from axes in Gen.Long[0, 4].Array[0, 4]
        let shape = type.Bits() < 8 ? [.. axes, 4L] : axes
        from content in Gen.Byte.Array[(int)type.ByteLength(shape)!.Value]
        select new Tensor(WithoutHalves(name), type, shape, content);

    private static readonly Gen<(Tensor[] Tensors, Dictionary<string, string> Metadata)> AnyFile = Gen.Select(
        AnyTensor.Array[0, 8].Select(tensors => tensors.Where(tensor => tensor.Name != "__metadata__").DistinctBy(tensor => tensor.Name).ToArray()),
        Gen.Dictionary(Gen.String[0, 6].Select(WithoutHalves), Gen.String[0, 6].Select(WithoutHalves))[0, 4]);

    [Fact]
    public void What_is_written_is_read_in_any_order_of_writing()
    {
        using var folder = new TemporaryFolder();
        AnyFile.Sample((tensors, metadata) =>
        {
            SafetensorsWriter.Write(folder["a"], Sources(tensors), metadata);
            using (SafetensorsFile file = SafetensorsFile.Open(folder["a"]))
            {
                Assert.Equal(metadata, file.Metadata);
                Assert.Equal(tensors.Length, file.Tensors.Count);
                foreach (Tensor tensor in tensors)
                {
                    SafetensorsEntry entry = file[tensor.Name];
                    Assert.Equal(tensor.DType, entry.DType);
                    Assert.Equal(tensor.Shape, entry.Shape);
                    Assert.Equal(tensor.Content, file.Bytes(entry).ToArray());
                    if (tensor.DType.Bits() >= 8)
                        Assert.Equal(0, entry.Offset % (tensor.DType.Bits() / 8));
                }
            }
            SafetensorsWriter.Write(folder["b"], Sources([.. tensors.Reverse()]), metadata.Reverse().ToDictionary());
            Assert.Equal(File.ReadAllBytes(folder["a"]), File.ReadAllBytes(folder["b"]));
        }, iter: 300, threads: 1);
    }

    private static List<SafetensorsSource> Sources(Tensor[] tensors) =>
        [.. tensors.Select(tensor => SafetensorsSource.FromBytes(tensor.Name, tensor.DType, tensor.Shape, tensor.Content))];

    // Half a surrogate pair is no text and cannot be written as UTF-8.
    private static string WithoutHalves(string text) => new([.. text.Where(c => !char.IsSurrogate(c))]);
}
