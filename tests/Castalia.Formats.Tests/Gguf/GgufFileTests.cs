using Castalia.Testing;
using ZstdSharp;

namespace Castalia.Formats.Tests.Gguf;

/// <summary>GGUF files: what is read of sound ones, and how others are refused.</summary>
public sealed class GgufFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A file with a value of every type, nested arrays, and tensors of four types out of order.</summary>
    internal static GgufBuilder Everything(uint version = 3) => new GgufBuilder { Version = version, Data = [.. Enumerable.Range(0, 224).Select(i => (byte)i)] }
        .Add("u8", 0, [200]).Add("i8", 1, [0xFE]).Add("u16", 2, [1, 0xFF]).Add("i16", 3, [0xFF, 0xFF]).Add("u32", 4, [1, 2, 3, 0xFF])
        .Add("i32", 5, [0xFD, 0xFF, 0xFF, 0xFF]).Add("f32", 6, BitConverter.GetBytes(1.5f)).Add("bool", true).Add("string", "naïve 😀")
        .Add("u64", 10, BitConverter.GetBytes(1L << 40)).Add("i64", 11, BitConverter.GetBytes(long.MinValue)).Add("f64", 12, BitConverter.GetBytes(-0.1))
        .Add("strings", ["a", "", "ç"]).Add("ints", [1, -2, 3]).Add("floats", [0.5f, float.NegativeInfinity]).Add("bytes", "\u0001\u0002\u0003"u8.ToArray())
        .AddArray("nested", 9, [GgufBuilder.ArrayOf(8, [GgufBuilder.Text("x"), GgufBuilder.Text("yz")]), GgufBuilder.ArrayOf(3, [[1, 0], [2, 0]]), GgufBuilder.ArrayOf(9, [])])
        .Add("general.alignment", 32u)
        .AddTensor("late", [32, 2], 8, 64).AddTensor("early", [2, 3], 0, 0).AddTensor("empty", [5, 0], 1, 64).AddTensor("scalar", [], 30, 160);

    [Theory]
    [InlineData(2u)]
    [InlineData(3u)]
    public void Every_kind_of_value_and_tensors_are_read(uint version)
    {
        using GgufFile file = Open(Everything(version).Build());
        Assert.Equal((int)version, file.Version);
        Assert.Equal([200, -2, 0xFF01, -1, 0xFF030201, -3, 1L << 40, long.MinValue],
            ((string[])["u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64"]).Select(key => file.Get(key).AsInteger()));
        Assert.Equal((1.5, -0.1, true, "naïve 😀"), (file.Get("f32").AsFloat(), file.Get("f64").AsFloat(), file.Get("bool").AsBool(), file.Get("string").AsString()));
        Assert.Equal(["a", "", "ç"], file.Get("strings").AsStrings());
        Assert.Equal([1, -2, 3], file.Get("ints").AsIntegers());
        Assert.Equal([0.5f, float.NegativeInfinity], file.Get("floats").AsFloats());
        Assert.Equal([1, 2, 3], file.Get("bytes").AsBytes());
        GgufValue nested = file.Get("nested");
        Assert.Equal((GgufValueType.Array, 3), (nested.ElementType, nested.Count));
        GgufValue[] inner = [.. nested.Items()];
        Assert.Equal(["x", "yz"], inner[0].AsStrings());
        Assert.Equal([1, 2], inner[1].AsIntegers());
        Assert.Empty(inner[2].Items());
        Assert.Equal("nested[1]", inner[1].Key);

        Assert.Equal(["early", "empty", "late", "scalar"], file.InFileOrder.Select(tensor => tensor.Name));
        GgufTensor early = file["early"], late = file["late"];
        Assert.Equal((GgmlType.F32, "3 2", 24), (early.Type, string.Join(' ', early.Shape), early.Length));
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (byte)i), file.Bytes(early).ToArray());
        Assert.Equal((GgmlType.Q8_0, "2 32", 68), (late.Type, string.Join(' ', late.Shape), late.Length));
        Assert.Equal(64, file.Bytes(late)[0]);
        Assert.Equal((0, 2), (file["empty"].Length, file["scalar"].Length));
    }

    [Fact]
    public void A_vocabulary_of_llama_cpp_is_read()
    {
        using Decompressor decompressor = new();
        using GgufFile file = Open(decompressor.Unwrap(File.ReadAllBytes(Fixtures.Path("tokenizers", "mpt.gguf.zst"))).ToArray());
        Assert.Equal((17, 0), (file.Metadata.Count, file.Tensors.Count));
        Assert.Equal("mpt", file.Get("tokenizer.ggml.pre").AsString());
        Assert.Equal(8.0, file.Get("mpt.attention.max_alibi_bias").AsFloat());
        Assert.Equal(50432, file.Get("tokenizer.ggml.tokens").Count);
        Assert.Equal("[PAD50431]", file.Get("tokenizer.ggml.tokens").AsStrings()[^1]);
        Assert.Equal(178, file.Get("tokenizer.ggml.token_type").AsIntegers().Count(type => type == 4));
        Assert.Equal("ĠOut comes", file.Get("tokenizer.ggml.merges").AsStrings()[50008]);
    }

    [Fact]
    public void A_file_cut_at_any_byte_is_refused()
    {
        byte[] sound = Everything().Build();
        for (int length = 0; length < sound.Length - 62; length++) // the last tensor ends 62 bytes before the file does
            Assert.Equal(_folder["test.gguf"], Assert.Throws<InputException>(() => Open(sound[..length])).File);
    }

    [Fact]
    public void What_is_asked_for_has_to_be_there_and_of_that_kind()
    {
        using GgufFile file = Open(Everything().Add("huge", 10, BitConverter.GetBytes(ulong.MaxValue)).Add("latin", 8, [1, 0, 0, 0, 0, 0, 0, 0, 0xE9]).Build());
        Refused("do not include", () => file.Get("missing"));
        Refused("do not include", () => _ = file["missing"]);
        Refused("expected an integer, found a string", () => file.Get("string").AsInteger());
        Refused("expected a float, found a u8", () => file.Get("u8").AsFloat());
        Refused("expected a string, found an array of string", () => file.Get("strings").AsString());
        Refused("expected an array of f32, found an array of i32", () => file.Get("ints").AsFloats());
        Refused("expected an array of integers, found an array of f32", () => file.Get("floats").AsIntegers());
        Refused("expected an array, found a bool", () => file.Get("bool").AsStrings());
        Refused("expected a bool, found a u32", () => file.Get("u32").AsBool());
        Refused("below 2^63", () => file.Get("huge").AsInteger());
        Refused("not UTF-8", () => file.Get("latin").AsString());
        Assert.Throws<ArgumentException>(() => file.Bytes(file["late"] with { Length = 69 }));
        GgufValue value = file.Get("string");
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => value.AsString());
    }

    [Fact]
    public void Layouts_that_cannot_be_are_refused()
    {
        Refused("begins with the letters GGUF", () => Open("GGML"u8.ToArray()));
        Refused("version 1", () => Open(new GgufBuilder { Version = 1 }.Build()));
        Refused("version 4", () => Open(new GgufBuilder { Version = 4 }.Build()));
        Refused("big-endian", () => Open(new GgufBuilder { Version = 3u << 24 }.Build()));
        Refused("stands twice", () => Open(new GgufBuilder().Add("a", 1u).Add("a", 2u).Build()));
        Refused("has type 13", () => Open(new GgufBuilder().Add("a", 13, []).Build()));
        Refused("has type 77", () => Open(new GgufBuilder().AddArray("a", 77, []).Build()));
        Refused("1 to 65535", () => Open(new GgufBuilder().Add("", 1u).Build()));
        Refused("more bytes for key a", () => Open(new GgufBuilder().Add("a", 8, GgufBuilder.Number(ulong.MaxValue, 8)).Build()));
        Refused("more bytes for key a", () => Open(new GgufBuilder().Add("a", 9, [.. GgufBuilder.Number(10, 4), .. GgufBuilder.Number(ulong.MaxValue, 8)]).Build()));
        Refused("more bytes for key a", () => Open(new GgufBuilder().Add("a", 9, [.. GgufBuilder.Number(8, 4), .. GgufBuilder.Number(1UL << 60, 8)]).Build()));
        byte[] deep = GgufBuilder.ArrayOf(0, []);
        for (int i = 0; i < 20; i++)
            deep = GgufBuilder.ArrayOf(9, [deep]);
        Refused("nested deeper", () => Open(new GgufBuilder().Add("a", 9, deep).Build()));
        Refused("power of two", () => Open(new GgufBuilder().Add("general.alignment", 24u).Build()));
        Refused("power of two", () => Open(new GgufBuilder().Add("general.alignment", 0u).Build()));
        Refused("expected an integer", () => Open(new GgufBuilder().Add("general.alignment", "32").Build()));
        RefusedTensors("stands twice", ("a", [1], 0, 0), ("a", [1], 0, 32));
        RefusedTensors("at most 4", ("a", [1, 1, 1, 1, 1], 0, 0));
        RefusedTensors("not known here", ("a", [1], 4, 0));
        RefusedTensors("whole blocks of 32", ("a", [33], 8, 0));
        RefusedTensors("no byte count", ("a", [1UL << 62, 1UL << 62], 0, 0));
        RefusedTensors("longer than any tensor", ("a", [1UL << 63], 0, 0));
        RefusedTensors("no multiple of the alignment", ("a", [1], 0, 4));
        RefusedTensors("inside the tensor before it", ("a", [16], 0, 0), ("b", [1], 0, 32));
        RefusedTensors("cut short or damaged", ("a", [17], 0, 0));
        RefusedTensors("cut short or damaged", ("a", [1], 0, 64));
        RefusedTensors("past the end of any file", ("a", [1], 0, 1UL << 63));
    }

    private void RefusedTensors(string problem, params (string Name, ulong[] Dimensions, uint Type, ulong Offset)[] tensors)
    {
        GgufBuilder builder = new() { Data = new byte[64] };
        foreach ((string name, ulong[] dimensions, uint type, ulong offset) in tensors)
            builder.AddTensor(name, dimensions, type, offset);
        Refused(problem, () => Open(builder.Build()));
    }

    private void Refused(string problem, Action action)
    {
        InputException error = Assert.Throws<InputException>(action);
        Assert.Equal(_folder["test.gguf"], error.File);
        Assert.NotNull(error.Place);
        Assert.Contains(problem, error.Problem);
    }

    private GgufFile Open(byte[] contents)
    {
        File.Delete(_folder["test.gguf"]);
        File.WriteAllBytes(_folder["test.gguf"], contents);
        return GgufFile.Open(_folder["test.gguf"]);
    }
}
