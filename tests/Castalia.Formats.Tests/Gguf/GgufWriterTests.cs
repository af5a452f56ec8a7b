using Castalia.Testing;

namespace Castalia.Formats.Tests.Gguf;

/// <summary>What the writer writes is what the builder of the tests, written from the format's description, makes of the same; and it is read back.</summary>
public sealed class GgufWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_kind_of_value_and_tensors_are_the_bytes_that_they_have_to_be()
    {
        GgufEntry[] keys =
        [
            GgufEntry.Of("u8", (byte)200), GgufEntry.Of("i8", (sbyte)-2), GgufEntry.Of("u16", (ushort)0xFF01), GgufEntry.Of("i16", (short)-1),
            GgufEntry.Of("u32", 0xFF030201u), GgufEntry.Of("i32", -3), GgufEntry.Of("f32", 1.5f), GgufEntry.Of("bool", true),
            GgufEntry.Of("string", "naïve 😀"), GgufEntry.Of("u64", 1UL << 40), GgufEntry.Of("i64", long.MinValue), GgufEntry.Of("f64", -0.1),
            GgufEntry.OfArray("strings", ["a", "", "ç"]), GgufEntry.OfArray<int>("ints", [1, -2, 3]),
            GgufEntry.OfArray<float>("floats", [0.5f, float.NegativeInfinity]), GgufEntry.OfArray<byte>("bytes", [1, 2, 3]),
            GgufEntry.OfArray("nested", GgufValueType.Array,
                [GgufEntry.OfArray("", ["x", "yz"]), GgufEntry.OfArray<short>("", [1, 2]), GgufEntry.OfArray("", GgufValueType.Array, [])]),
        ];
        byte[] bytes = [.. Enumerable.Range(0, 224).Select(i => (byte)i)];
        GgufSource Source(string name, GgmlType type, long[] shape, int start) =>
            new(name, type, shape, stream => stream.Write(bytes, start, (int)type.ByteLength(shape)!.Value));
        string path = _folder["all.gguf"];
        GgufWriter.Write(path, keys,
        [
            Source("first", GgmlType.F32, [2, 3], 0), Source("empty", GgmlType.F16, [5, 0], 0), Source("blocks", GgmlType.Q8_0, [2, 32], 32),
            Source("scalar", GgmlType.BF16, [], 128),
        ], cancellationToken: TestContext.Current.CancellationToken);

        byte[] data = new byte[160];
        bytes.AsSpan(0, 24).CopyTo(data);
        bytes.AsSpan(32, 68).CopyTo(data.AsSpan(32));
        bytes.AsSpan(128, 2).CopyTo(data.AsSpan(128));
        byte[] expected = new GgufBuilder { Data = data }
            .Add("u8", 0, [200]).Add("i8", 1, [0xFE]).Add("u16", 2, [1, 0xFF]).Add("i16", 3, [0xFF, 0xFF]).Add("u32", 4, [1, 2, 3, 0xFF])
            .Add("i32", 5, [0xFD, 0xFF, 0xFF, 0xFF]).Add("f32", 6, BitConverter.GetBytes(1.5f)).Add("bool", true).Add("string", "naïve 😀")
            .Add("u64", 10, BitConverter.GetBytes(1L << 40)).Add("i64", 11, BitConverter.GetBytes(long.MinValue)).Add("f64", 12, BitConverter.GetBytes(-0.1))
            .Add("strings", ["a", "", "ç"]).Add("ints", [1, -2, 3]).Add("floats", [0.5f, float.NegativeInfinity]).Add("bytes", "\u0001\u0002\u0003"u8.ToArray())
            .AddArray("nested", 9, [GgufBuilder.ArrayOf(8, [GgufBuilder.Text("x"), GgufBuilder.Text("yz")]), GgufBuilder.ArrayOf(3, [[1, 0], [2, 0]]), GgufBuilder.ArrayOf(9, [])])
            .AddTensor("first", [3, 2], 0, 0).AddTensor("empty", [0, 5], 1, 32).AddTensor("blocks", [32, 2], 8, 32).AddTensor("scalar", [], 30, 128)
            .Build();
        Assert.Equal(expected, File.ReadAllBytes(path));

        using GgufFile file = GgufFile.Open(path);
        Assert.Equal((3, 32, 17), (file.Version, file.Alignment, file.Metadata.Count));
        Assert.Equal(bytes[32..100], file.Bytes(file["blocks"]).ToArray());
        Assert.Equal("2 3", string.Join(' ', file["first"].Shape));
    }

    [Fact]
    public void What_a_file_cannot_hold_is_refused_before_anything_is_written()
    {
        static void Nothing(Stream stream) { }
        Refused("Two keys", [GgufEntry.Of("a", 1), GgufEntry.Of("a", 2)], []);
        Refused("no name", [GgufEntry.Of("", 1)], []);
        Refused("general.alignment", [GgufEntry.Of("general.alignment", 64u)], []);
        Refused("Two tensors", [], [new("t", GgmlType.F32, [0], Nothing), new("t", GgmlType.F32, [0], Nothing)]);
        Refused("1 to 63 bytes", [], [new(new string('n', 64), GgmlType.F32, [0], Nothing)]);
        Refused("1 to 63 bytes", [], [new("", GgmlType.F32, [0], Nothing)]);
        Refused("[33]", [], [new("t", GgmlType.Q8_0, [33], Nothing)]);
        Refused("[1, 1, 1, 1, 1]", [], [new("t", GgmlType.F32, [1, 1, 1, 1, 1], Nothing)]);
        Assert.Throws<ArgumentException>(() => GgufEntry.Of("c", 'c'));
        Assert.Throws<ArgumentException>(() => GgufEntry.OfArray("a", GgufValueType.Int32, [GgufEntry.Of("", 1u)]));

        void Refused(string said, GgufEntry[] keys, GgufSource[] tensors)
        {
            Assert.Contains(said, Assert.Throws<ArgumentException>(() => GgufWriter.Write(_folder["no.gguf"], keys, tensors, null, CancellationToken.None)).Message, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        }
    }

    [Fact]
    public void A_source_that_writes_another_length_or_is_stopped_leaves_no_file()
    {
        GgufSource source = new("t", GgmlType.F32, [4], stream => stream.Write(new byte[15]));
        Assert.Contains("15 were written", Assert.Throws<InvalidOperationException>(() => GgufWriter.Write(_folder["no.gguf"], [], [source], null, CancellationToken.None)).Message, StringComparison.Ordinal);
        Assert.Throws<OperationCanceledException>(() => GgufWriter.Write(_folder["no.gguf"], [], [source], null, new CancellationToken(true)));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }
}
