using System.Buffers.Binary;
using System.Text;
using Castalia.Testing;

namespace Castalia.Formats.Tests.Safetensors;

/// <summary>Files that are not what they should be: each is refused with the place and the reason.</summary>
public sealed class SafetensorsRefusalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", 0, "header", "not valid JSON")]
    [InlineData("[]", 0, "header", "expected a JSON object")]
    [InlineData("{", 0, "byte", "not valid JSON")]
    [InlineData("{} {}", 0, "byte", "not valid JSON")]
    [InlineData("{}", 1, "byte 10", "1 bytes after the last tensor")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 1, "byte", "cut short")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "tensor a", "leaves a gap")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "tensor b", "overlaps")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 2, "tensor a", "overlaps")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[2,0]}}""", 2, "tensor a", "backwards")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,2]}}""", 2, "tensor a", "needs 8 bytes")]
    [InlineData("""{"a":{"dtype":"F7","shape":[2],"data_offsets":[0,2]}}""", 2, "tensor a", "element type F7")]
    [InlineData("""{"a":{"dtype":"f32","shape":[],"data_offsets":[0,4]}}""", 4, "tensor a", "element type f32")]
    [InlineData("""{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}""", 2, "tensor a", "no byte count")]
    [InlineData("""{"a":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "tensor a", "no byte count")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1099511627776,1099511627776,0],"data_offsets":[0,0]}}""", 0, "tensor a", "no byte count")]
    [InlineData("""{"a":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}""", 1, "tensor a", "past any file")]
    [InlineData("""{"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,1]}}""", 1, "tensor a", "found 9223372036854775808")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}""", 1, "tensor a", "found -1")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}""", 1, "tensor a", "found 1.0")]
    [InlineData("""{"a":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}""", 1, "tensor a", "found a string")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}""", 1, "tensor a", "more than 2")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}""", 1, "tensor a", "two data_offsets")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1]}}""", 1, "tensor a", "expected dtype, shape")]
    [InlineData("""{"a":{"dtype":8,"shape":[1],"data_offsets":[0,1]}}""", 1, "tensor a", "a string for dtype")]
    [InlineData("""{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "tensor a", "a field occurs twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "tensor a", "name occurs twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}}""", 1, "tensor a", "name occurs twice")]
    [InlineData("""{"a":[]}""", 0, "tensor a", "an object, found an array")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", 0, "__metadata__", "key a occurs twice")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, "__metadata__", "occurs twice")]
    [InlineData("""{"__metadata__":{"a":{}}}""", 0, "__metadata__", "a string for a")]
    [InlineData("""{"a":{"later":[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]}}""", 0, "byte", "not valid JSON")]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "header", "UTF-8")]
    public void A_bad_header_is_refused(string header, int dataLength, string place, string problem)
    {
        string path = Save(Encoding.UTF8.GetBytes(header), dataLength);
        var error = Assert.Throws<InputException>(() => SafetensorsFile.Open(path));
        Assert.Equal(path, error.File);
        Assert.StartsWith(place == "header" && header.Length == 0 ? "byte" : place, error.Place);
        Assert.Contains(problem, error.Problem);
    }

    [Fact]
    public void Too_many_axes_a_header_of_other_bytes_and_invalid_utf8_are_refused()
    {
        string ones = string.Join(',', Enumerable.Repeat(1, 65));
        Assert.Contains("more than 64", Refused(Encoding.UTF8.GetBytes("{\"a\":{\"dtype\":\"U8\",\"shape\":[" + ones + "],\"data_offsets\":[0,1]}}"), 1));
        Assert.Contains("not valid JSON", Refused([0xFF, 0xFE], 0));
        Assert.Contains("UTF-8", Refused([.. "{\"\xFF"u8[..2], 0xFF, .. "\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}"u8], 1));
    }

    [Theory]
    [InlineData(new byte[0], "at least 8 bytes")]
    [InlineData(new byte[] { 1, 0, 0 }, "at least 8 bytes")]
    [InlineData(new byte[] { 3, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}' }, "the file has 10")]
    [InlineData(new byte[] { 1, 0xE1, 0xF5, 5, 0, 0, 0, 0 }, "more than the format's 100,000,000")]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255 }, "more than the format's 100,000,000")]
    public void A_bad_length_is_refused(byte[] bytes, string problem)
    {
        File.WriteAllBytes(_folder["a.safetensors"], bytes);
        Assert.Contains(problem, Assert.Throws<InputException>(() => SafetensorsFile.Open(_folder["a.safetensors"])).Problem);
    }

    [Fact]
    public void A_missing_file_a_folder_and_a_missing_tensor_are_named()
    {
        Assert.Contains("no such file", Assert.Throws<InputException>(() => SafetensorsFile.Open(_folder["none"])).Problem);
        Assert.Contains("found a folder", Assert.Throws<InputException>(() => SafetensorsFile.Open(_folder.Path)).Problem);
        using SafetensorsFile file = SafetensorsFile.Open(Save("{}"u8.ToArray(), 0));
        Assert.Equal("tensor wte.weight", Assert.Throws<InputException>(() => file["wte.weight"]).Place);
        Assert.Throws<ArgumentException>(() => file.Bytes(new SafetensorsEntry("a", SafetensorsDType.U8, [100], 0, 100)));
    }

    [Fact]
    public void Fields_of_later_versions_and_padding_are_allowed()
    {
        string header = """  {"a":{"sparsity":{"kind":[1]},"dtype":"U8","shape":[1],"data_offsets":[0,1]}}    """;
        using SafetensorsFile file = SafetensorsFile.Open(Save(Encoding.UTF8.GetBytes(header), 1));
        Assert.Equal(1, file.Bytes(file["a"]).Length);
    }

    [Fact]
    public void A_writer_refuses_what_it_could_not_read()
    {
        SafetensorsSource Bytes(string name, params long[] shape) => new(name, SafetensorsDType.U8, shape, 1, stream => stream.WriteByte(1));
        string path = _folder["a.safetensors"];
        CancellationToken token = TestContext.Current.CancellationToken;
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [Bytes("a", 1), Bytes("a", 1)], cancellationToken: token));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [Bytes("__metadata__", 1)], cancellationToken: token));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [Bytes("a", 2)], cancellationToken: token));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, [Bytes("a", -1)], cancellationToken: token));
        var liar = new SafetensorsSource("a", SafetensorsDType.U8, [2], 2, stream => stream.WriteByte(1));
        Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(path, [liar], cancellationToken: token));
        Assert.Throws<OperationCanceledException>(() => SafetensorsWriter.Write(path, [Bytes("a", 1)], cancellationToken: new CancellationToken(true)));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    private string Refused(byte[] header, int dataLength) =>
        Assert.Throws<InputException>(() => SafetensorsFile.Open(Save(header, dataLength))).Problem;

    private string Save(byte[] header, int dataLength)
    {
        byte[] bytes = new byte[8 + header.Length + dataLength];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header.Length);
        header.CopyTo(bytes, 8);
        File.WriteAllBytes(_folder["a.safetensors"], bytes);
        return _folder["a.safetensors"];
    }
}
