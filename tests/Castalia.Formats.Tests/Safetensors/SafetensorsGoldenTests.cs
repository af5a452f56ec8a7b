using Castalia.Testing;

namespace Castalia.Formats.Tests.Safetensors;

/// <summary>Files that the reference library (safetensors through PyTorch) wrote.</summary>
public sealed class SafetensorsGoldenTests
{
    [Theory]
    [InlineData("dtypes.safetensors")]
    [InlineData("neox-shard.safetensors")]
    [InlineData("hidden_states.safetensors")]
    public void What_is_read_and_written_again_is_the_same_to_the_byte(string name)
    {
        using var folder = new TemporaryFolder();
        string path = Fixtures.Path("safetensors", name);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        // Handed over in another order: the writer's own must bring the reference's back.
        List<SafetensorsSource> sources = [.. file.Tensors.Values.OrderByDescending(entry => entry.Name, StringComparer.Ordinal).Select(entry =>
            new SafetensorsSource(entry.Name, entry.DType, entry.Shape, entry.Length, stream => file.CopyTo(entry, stream)))];
        SafetensorsWriter.Write(folder["again.safetensors"], sources, file.Metadata.Count > 0 ? file.Metadata : null,
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(folder["again.safetensors"]));
    }

    [Fact]
    public void Every_element_type_has_the_values_that_were_saved()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Fixtures.Path("safetensors", "dtypes.safetensors"));
        Assert.Equal("é \"quoted\"", file.Metadata["note"]);
        Assert.Equal(["i64", "f64", "empty", "f32", "scalar", "i32", "bf16", "f16", "i16", "e4m3", "e5m2", "i8", "u8", "bool"],
            file.InFileOrder.Select(entry => entry.Name));
        Assert.Equal(0, file["empty"].Length);
        Assert.Equal([0L, 4L], file["empty"].Shape);
        Assert.Empty(file["scalar"].Shape);
        Assert.Equal(3.25f, BitConverter.ToSingle(file.Bytes(file["scalar"])));
        Assert.Equal(Math.PI, BitConverter.ToDouble(file.Bytes(file["f64"])));
        Assert.Equal([1L, -2L, 3L], Values(file, "i64", 8, bytes => BitConverter.ToInt64(bytes)));
        Assert.Equal([1, 2], Values(file, "i32", 4, bytes => BitConverter.ToInt32(bytes)));
        Assert.Equal([-5, 7], Values(file, "i16", 2, bytes => BitConverter.ToInt16(bytes)));
        Assert.Equal([.. Enumerable.Range(0, 24).Select(i => (float)i)], Values(file, "f32", 4, bytes => BitConverter.ToSingle(bytes)));
        Assert.Equal(SafetensorsDType.F8E4M3, file["e4m3"].DType);
        Assert.Equal([1, 0], file.Bytes(file["bool"]).ToArray());
    }

    private static T[] Values<T>(SafetensorsFile file, string name, int size, Func<byte[], T> read) =>
        [.. file.Bytes(file[name]).ToArray().Chunk(size).Select(read)];
}
