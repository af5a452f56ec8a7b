using Castalia.Testing;

namespace Castalia.Formats.Tests.PyTorch;

/// <summary>Pickles that run code, lie, or swell: each ends in a sentence that says what and where, soon and without much memory.</summary>
public sealed class PickleRefusalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static PickleText Pickle => new();

    [Theory]
    [InlineData("os", "system")]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("__builtin__", "getattr")]
    [InlineData("torch", "load")]
    [InlineData("torch.hub", "load")]
    [InlineData("torch._utils", "_rebuild_tensor_v2.__globals__")]
    [InlineData("numpy.core.multiarray", "_reconstruct")]
    [InlineData("collections", "OrderedDict.fromkeys")]
    [InlineData("argparse", "Namespace")]
    public void A_name_that_is_neither_tensor_nor_container_is_refused_by_name(string module, string name)
    {
        InputException error = Refused(Pickle.Raw("}").Text("weight").Global(module, name).Raw("(").Text("echo gone").Raw("tRs"));
        Assert.Contains($"{module}.{name}", error.Problem);
        Assert.Contains("not run", error.Problem);
        Assert.Equal("byte 14 of a/data.pkl", error.Place);
        Assert.Contains("safetensors", error.Remedy);
        InputException legacy = Refused(PickleText.Legacy(Pickle.Global(module, name)));
        Assert.Contains($"{module}.{name}", legacy.Problem);
        Assert.StartsWith("byte ", legacy.Place);
        InputException stacked = Refused(Pickle.Text(module).Text(name).Raw(0x93));
        Assert.Contains($"{module}.{name}", stacked.Problem);
    }

    [Theory]
    [InlineData('i', "INST")]
    [InlineData('o', "OBJ")]
    [InlineData('P', "PERSID")]
    [InlineData('V', "UNICODE")]
    [InlineData('\x82', "EXT1")]
    [InlineData('\x8f', "EMPTY_SET")]
    [InlineData('\x92', "NEWOBJ_EX")]
    [InlineData('\x97', "NEXT_BUFFER")]
    public void An_instruction_that_state_dictionaries_do_without_is_refused_by_name(char opcode, string name)
    {
        InputException error = Refused(Pickle.Raw("N").Raw((byte)opcode));
        Assert.Contains($"instruction {name} ", error.Problem);
        Assert.Equal("byte 3 of a/data.pkl", error.Place);
    }

    [Fact]
    public void Bytes_that_are_no_instruction_and_unknown_protocols_are_refused()
    {
        Assert.Contains("0xFF", Refused(Pickle.Raw(0xFF)).Problem);
        Assert.Contains("protocol 6", Refused(Pickle.Raw(0x80, 6).Raw("N")).Problem);
        Assert.Contains("after the end", Refused(Pickle.Raw("N.N")).Problem);
    }

    [Theory]
    [InlineData("")]
    [InlineData("NN")]
    [InlineData("(N")]
    [InlineData("0")]
    [InlineData("(N1")]
    [InlineData("]N(a")]
    [InlineData("Na")]
    [InlineData("Nt")]
    [InlineData("\u0085")]
    [InlineData("(\u0085")]
    [InlineData("}NNs")]
    [InlineData("}(K\u0001u")]
    [InlineData("]K\u0001K\u0001s")]
    [InlineData("h\u0005")]
    [InlineData("Nq\u0001h\u0000")]
    [InlineData("(q\u0000")]
    [InlineData("Nr\u00ff\u00ff\u00ff\u007f")]
    [InlineData("NN\u0093")]
    [InlineData("N)R")]
    [InlineData("NQ")]
    [InlineData("N}b")]
    [InlineData("cos")]
    public void Instructions_that_do_not_fit_together_are_refused(string letters) => Refused(Pickle.Raw(letters));

    [Theory]
    [InlineData('X', 4)]
    [InlineData('B', 4)]
    [InlineData('T', 4)]
    [InlineData('\x8d', 8)]
    [InlineData('\x8e', 8)]
    [InlineData('\x96', 8)]
    [InlineData('\x8b', 4)]
    public void A_length_beyond_the_file_is_refused_before_anything_is_allocated(char opcode, int size)
    {
        foreach (byte fill in (byte[])[0xFF, 0x7F])
            Refused(Pickle.Raw((byte)opcode).Raw([.. Enumerable.Repeat(fill, size)]).Raw("abc"));
        Refused(Pickle.Raw(0x8A, 255).Raw([.. Enumerable.Repeat((byte)1, 255)])); // a whole number of 2,040 bits
    }

    [Fact]
    public void Cycles_are_refused()
    {
        Assert.Contains("contains itself", Refused(Pickle.Raw("]q\u0000h\u0000a")).Problem);
        Assert.Contains("contains itself", Refused(Pickle.Raw("}q\u0000").Text("a").Raw("h\u0000s")).Problem);
        Assert.Contains("contains itself", Refused(Pickle.Raw("]q\u0000]q\u0001" + "ah\u0001h\u0000" + "a0")).Problem);
        Assert.Contains("contains itself", Refused(Pickle.Raw("]q\u0000(h\u0000K\u0001ta")).Problem);
    }

    [Fact]
    public void Nesting_is_bounded_without_recursion()
    {
        Assert.Contains("deep", Refused(Pickle.Raw(")").Repeat("\u0085", 3_000_000)).Problem);
        Assert.Contains("deep", Refused(Pickle.Repeat("]", 200_000).Repeat("a", 199_999)).Problem);
        // From the inside out, each put into the next when that one has its place already.
        var chain = Pickle.Raw("]q\u0000");
        for (int i = 1; i < 200; i++)
            chain.Raw("h").Raw((byte)(i - 1)).Raw("]q").Raw((byte)i).Raw("a0");
        Assert.Contains("deep", Refused(chain).Problem);
        using PytorchFile sound = Open(PickleText.Archive(Pickle.Repeat("]", 60).Repeat("a", 59)));
    }

    [Fact]
    public void What_unfolds_to_more_than_the_file_is_refused()
    {
        // Sixty dictionaries, each with the next one twice: 2^60 paths to the last.
        var laughs = Pickle.Raw("}").Text("w").Tensor("0", 1, 0, [], []).Raw("sq\u0000" + "0");
        for (int i = 1; i < 60; i++)
            laughs.Raw("}(").Text("a").Raw("h").Raw((byte)(i - 1)).Text("b").Raw("h").Raw((byte)(i - 1)).Raw("uq").Raw((byte)i).Raw("0");
        Assert.Contains("unfold", Refused(PickleText.Archive(laughs.Raw("h\u003b"), ("0", new byte[4]))).Problem);
        // A long key above many tensors: names of gigabytes.
        var names = Pickle.Tensor("0", 1, 0, [], []).Raw("q\u00000}").Text(new string('k', 100_000)).Raw("}(");
        for (int i = 0; i < 10_000; i++)
            names.Text(i.ToString("x4")).Raw("h\u0000");
        Assert.Contains("unfold", Refused(PickleText.Archive(names.Raw("us"), ("0", new byte[4]))).Problem);
        // A long list made into a dictionary again and again.
        var copies = Pickle.Raw("](").Repeat("K\u0001K\u0001\u0086", 20_000).Raw("eq\u0000").Global("collections", "OrderedDict").Raw("q\u0001");
        Assert.Contains("copies", Refused(copies.Repeat("h\u0001h\u0000\u0085R0", 100_000)).Problem);
    }

    [Theory]
    [InlineData(24, 0, new long[] { 4, 7 }, new long[] { 7, 1 })]
    [InlineData(24, 1, new long[] { 4, 6 }, new long[] { 6, 1 })]
    [InlineData(24, 0, new long[] { 2 }, new long[] { 24 })]
    [InlineData(24, -1, new long[] { 2 }, new long[] { 1 })]
    [InlineData(24, 0, new long[] { -1 }, new long[] { 1 })]
    [InlineData(24, 23, new long[] { 2 }, new long[] { -1 })]
    [InlineData(24, 0, new long[] { 2, 2 }, new long[] { 1 })]
    [InlineData(24, 0, new long[] { 1L << 40, 1L << 40 }, new long[] { 0, 0 })]
    [InlineData(24, 0, new long[] { 2, 1 }, new long[] { long.MaxValue, long.MaxValue })]
    [InlineData(24, long.MaxValue, new long[] { 1 }, new long[] { 1 })]
    [InlineData(24, 0, new long[] { 1_000_000_000 }, new long[] { 0 })]
    [InlineData(25, 0, new long[] { 1 }, new long[] { 1 })]
    [InlineData(-1, 0, new long[] { 0 }, new long[] { 1 })]
    [InlineData(long.MaxValue, 0, new long[] { 1 }, new long[] { 1 })]
    public void A_tensor_outside_its_storage_or_out_of_proportion_is_refused(long elements, long offset, long[] shape, long[] strides)
    {
        byte[] pickle = Pickle.Tensor("0", elements, offset, shape, strides);
        Refused(PickleText.Archive(pickle, ("0", new byte[96])));
        Refused(PickleText.Legacy(pickle, ("0", new byte[96], 4)));
    }

    [Fact]
    public void Sound_files_put_together_by_hand_are_read()
    {
        byte[] numbers = [.. Enumerable.Range(0, 24).SelectMany(i => BitConverter.GetBytes((float)i))];
        byte[] pickle = Pickle.Raw("}(").Text("step").Raw("K\u0007").Text("module").Raw("}(").Text("a").Tensor("0", 24, 1, [3, 2], [2, 9])
            .Text("once").Tensor("0", 24, 5, [3], [0]).Raw("u").Raw("u");
        foreach (byte[] bytes in (byte[][])[PickleText.Archive(pickle, ("0", numbers)), PickleText.Legacy(pickle, ("0", numbers, 4))])
        {
            using PytorchFile file = Open(bytes);
            Assert.Equal(["module.a", "module.once"], file.Tensors.Keys);
            Assert.Equal(["a", "once"], file.StateDict.Keys);
            Assert.Equal([1f, 10, 3, 12, 5, 14], Floats(file.ToArray(file.StateDict["a"])));
            Assert.Equal([5f, 5, 5], Floats(file.ToArray(file.StateDict["once"])));
        }
    }

    [Fact]
    public void Parameters_sizes_types_devices_and_old_dictionaries_are_plain_data()
    {
        byte[] pickle = Pickle.Raw("}(")
            .Text("p").Global("torch._utils", "_rebuild_parameter").Raw("(").Tensor("0", 1, 0, [1], [1]).Raw("\u0088").Global("collections", "OrderedDict").Raw(")RtR")
            .Text("subclass").Global("torch._tensor", "_rebuild_from_type_v2").Raw("(").Global("torch._utils", "_rebuild_tensor_v2").Global("torch", "Tensor")
            .Raw("((").Text("storage").Global("torch.storage", "UntypedStorage").Text("1").Text("cpu").Raw("K\u0002tQK\u0000K\u0002\u0085K\u0001\u0085\u0089Nt}tR")
            .Text("u16").Global("torch._utils", "_rebuild_tensor_v3").Raw("((").Text("storage").Global("torch.storage", "UntypedStorage").Text("1").Text("cpu")
            .Raw("K\u0002tQK\u0000))\u0089N").Global("torch", "uint16").Raw("tR")
            .Text("size").Global("torch", "Size").Raw("(K\u0002K\u0003t\u0085R")
            .Text("dtype").Global("torch", "bfloat16").Text("device").Global("torch", "device").Raw("(").Text("cuda").Raw("K\u0001tR")
            .Text("old").Global("collections", "OrderedDict").Raw("](]").Raw("(").Text("k").Raw("K\u0001eK\u0005K\u0006\u0086e\u0085R")
            .Text("bytes").Raw("C\u0002ab").Text("big").Raw(0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1).Raw("u");
        using PytorchFile file = Open(PickleText.Archive(pickle, ("0", new byte[4]), ("1", [1, 2])));
        var content = Assert.IsType<PickleDictionary>(file.Content);
        Assert.Equal(SafetensorsDType.F32, Assert.IsType<PytorchTensor>(content.Find("p")).DType);
        Assert.Equal([1, 2], file.ToArray(Assert.IsType<PytorchTensor>(content.Find("subclass"))));
        Assert.Equal(SafetensorsDType.U16, Assert.IsType<PytorchTensor>(content.Find("u16")).DType);
        Assert.Equal([2L, 3L], Assert.IsType<PickleTuple>(content.Find("size")));
        Assert.Equal(SafetensorsDType.BF16, content.Find("dtype"));
        Assert.Equal("cuda:1", content.Find("device"));
        Assert.Equal([new("k", 1L), new(5L, 6L)], Assert.IsType<PickleDictionary>(content.Find("old")));
        Assert.Equal("ab"u8.ToArray(), content.Find("bytes"));
        Assert.Equal(System.Numerics.BigInteger.Pow(2, 64), content.Find("big"));
    }

    [Fact]
    public void Hooks_and_the_state_of_objects_are_refused()
    {
        Assert.Contains("hooks", Refused(PickleText.Archive(Pickle.Global("torch._utils", "_rebuild_tensor_v2").Raw("((").Text("storage").Global("torch", "FloatStorage")
            .Text("0").Text("cpu").Raw("K\u0001tQK\u0000))\u0089}").Text("k").Raw("NstR"), ("0", new byte[4]))).Problem);
        Assert.Contains("state", Refused(Pickle.Raw("]}b")).Problem);
        using PytorchFile metadata = Open(PickleText.Archive(Pickle.Global("collections", "OrderedDict").Raw(")R}").Text("_metadata").Raw("}sb")));
        Assert.IsType<PickleDictionary>(metadata.Content);
    }

    private static float[] Floats(byte[] bytes) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray();

    private InputException Refused(PickleText pickle) => Refused(PickleText.Archive(pickle));

    private InputException Refused(byte[] bytes)
    {
        string path = _folder["hostile.bin"];
        File.WriteAllBytes(path, bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InputException>(() => PytorchFile.Open(path).Dispose());
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(path, error.File);
        Assert.InRange(allocated, 0, 128 * 1024 + 64L * bytes.Length);
        return error;
    }

    private PytorchFile Open(byte[] bytes)
    {
        string path = _folder[Guid.NewGuid().ToString("n")];
        File.WriteAllBytes(path, bytes);
        return PytorchFile.Open(path);
    }
}
