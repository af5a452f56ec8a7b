using System.Text;
using Castalia.Formats.Tests.Gguf;
using Castalia.Formats.Tests.PyTorch;
using Castalia.Testing;

namespace Castalia.Formats.Tests.Hostile;

/// <summary>
/// Every format that comes from outside, in files damaged at random (<see cref="Fuzz"/>, which says how to run more of them): a reader may give what it reads
/// or refuse it with an <see cref="InputException"/>; it may not fail in any other way, read past the end, hang, or take memory that the file's size does not warrant.
/// </summary>
public sealed unsafe class MutationTests(ITestOutputHelper output) : IDisposable
{
    private const string Name = "damaged";
    private const int MostBytesUnpacked = 64 << 20;

    private static readonly byte[][] JsonTokens = Texts(
        "{", "}", "[", "]", "(", ")", ",", ":", "\"", "'", "-1", "1e9", "99999999999999999999", "\\u0000", "\\ud800", "null", "true", "shape", "dtype", "F32", "data_offsets",
        "__metadata__", "descr", "<i8", "True", "0,", "[[[[[[[[[[[[[[[[[[[[", "\u00ff", "9223372036854775807,");

    // Instructions of pickles, and what they work on.
    private static readonly byte[][] PickleTokens =
    [
        .. "(.01FIJKLMNPQRSTUVXabcd}eghilopqrst)u]GBC".Select(letter => (byte[])[(byte)letter]), .. Enumerable.Range(0x80, 0x19).Select(opcode => (byte[])[(byte)opcode]),
        [(byte)'K', 1], [(byte)'h', 0], [(byte)'h', 3], [(byte)'q', 0], [(byte)'h', 0, (byte)')', (byte)'R'], [0x8A, 8, 255, 255, 255, 255, 255, 255, 255, 127],
        [(byte)'r', 255, 255, 255, 127], [(byte)'X', 255, 255, 255, 255], [(byte)']', (byte)'h', 1, (byte)'a'], [(byte)'(', (byte)'(', (byte)'(', (byte)'t'],
        .. Texts("cos\nsystem\n", "ctorch\nSize\n", "ctorch\nfloat16\n", "ctorch\nHalfStorage\n", "ccollections\nOrderedDict\n", "ctorch._utils\n_rebuild_tensor_v2\n",
            "ctorch._utils\n_rebuild_parameter\n", "X\u0007\0\0\0storage", "PK\u0003\u0004", "PK\u0001\u0002", "PK\u0005\u0006", "PK\u0006\u0006", "PK\u0006\u0007", "/data.pkl"),
    ];

    private readonly TemporaryFolder _folder = new();
    private long _sum; // of what was read, so that reading it is not left out

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Safetensors() => Run([File.ReadAllBytes(Fixtures.Path("safetensors", "dtypes.safetensors")), File.ReadAllBytes(Golden("dtypes.safetensors"))], JsonTokens, bytes =>
    {
        using SafetensorsFile file = SafetensorsFile.Open(Map(bytes));
        foreach (SafetensorsEntry entry in file.InFileOrder)
            Sum(file.Bytes(entry));
        _sum += file.Metadata.Count;
    });

    [Fact]
    public void PyTorch_archive() => Run(
        [File.ReadAllBytes(Golden("awkward.bin")), Written(), PickleText.Archive(Protocol4(), ("0", new byte[96])), Nested()], PickleTokens, Read);

    [Fact]
    public void PyTorch_legacy() => Run([File.ReadAllBytes(Golden("awkward.legacy.bin")), PickleText.Legacy(Protocol4(), ("0", new byte[96], 4))], PickleTokens, Read);

    [Fact]
    public void Pickle()
    {
        // In an archive the checksum finds most damage first: here nothing stands before the pickle.
        byte[] archive = File.ReadAllBytes(Golden("awkward.bin"));
        using MappedFile whole = MappedFile.Open(Golden("awkward.bin"));
        ZipMember member = StoredZip.Read(whole)["awkward/data.pkl"];
        Run([archive[(int)member.Offset..(int)(member.Offset + member.Length)], Protocol4()], PickleTokens, bytes =>
        {
            var names = new TorchNames((_, key, dtype, elements) => new PytorchStorage(key, dtype, Math.Clamp(elements, 0, 1024)), bytes.Length);
            (object? content, _) = PickleReader.Read(Map(bytes), 0, bytes.Length, "data.pkl", names);
            _sum += TensorListing.Of(Name, content, bytes.Length).Count;
        });
    }

    [Fact]
    public void Npy()
    {
        using (NpyWriter<int> writer = NpyWriter<int>.Create(_folder["sound"], 20, 2))
        {
            writer.Write([.. Enumerable.Range(0, 40)]);
            writer.Commit();
        }
        Run([File.ReadAllBytes(_folder["sound"])], JsonTokens, bytes =>
        {
            using NpyFile file = NpyFile.Open(Map(bytes));
            if (file.DType != NpyDType.Int32)
                return;
            foreach (int value in file.Span<int>(0, (int)file.Count))
                _sum += value;
        });
    }

    [Fact]
    public void Megatron_index()
    {
        byte[] tokens = File.ReadAllBytes(Fixtures.Path("megatron", "tiny.bin"));
        using var bin = new GuardedBytes(tokens.Length);
        bin.Set(tokens);
        Run([File.ReadAllBytes(Fixtures.Path("megatron", "tiny.idx"))], [[1], [0xFF, 0xFF, 0xFF, 0x7F]], bytes =>
        {
            using MegatronDataset dataset = MegatronDataset.Open(Name, path => Map(path.EndsWith(".idx", StringComparison.Ordinal) ? bytes : bin));
            for (long document = 0; document < dataset.DocumentCount; document++)
                _sum += dataset.Document(document).End;
            for (long sequence = 0; sequence < dataset.Count; sequence++)
                _sum += dataset.Tokens(sequence).Length;
            dataset.Validate(cancellationToken: CancellationToken.None);
        });
    }

    [Fact]
    public void Gguf() => Run([GgufFileTests.Everything().Build(), GgufFileTests.Everything(2).Build()], Texts("GGUF", "general.alignment", "\u0009\0\0\0\u0008\0\0\0", "strings", "late"), bytes =>
    {
        using GgufFile file = GgufFile.Open(Map(bytes));
        _sum += file.Metadata.Values.Sum(Decode);
        foreach (GgufTensor tensor in file.InFileOrder)
            Sum(file.Bytes(tensor));
    });

    // Unpacking is slower by far; these are fewer.
    [Fact]
    public void Zstandard() => Run([File.ReadAllBytes(Fixtures.Path("compression", "multiframe.jsonl.zst"))], [[0x28, 0xB5, 0x2F, 0xFD]], Unpack, Fuzz.Inputs / 40, 1 << 20);

    [Fact]
    public void Gzip() => Run([File.ReadAllBytes(Fixtures.Path("compression", "multimember.jsonl.gz"))], [[0x1F, 0x8B, 8]], Unpack, Fuzz.Inputs / 40, 1 << 20);

    private static string Golden(string file) => Fixtures.Path("models", "pytorch_bin", file);

    private static byte[][] Texts(params string[] texts) => [.. texts.Select(Encoding.Latin1.GetBytes)];

    private static MappedFile Map(GuardedBytes bytes) => MappedFile.Over(Name, bytes.Pointer, bytes.Length);

    /// <summary>What Python's protocol 4 makes of the same kind of objects.</summary>
    private static byte[] Protocol4() => new PickleText().Raw(0x80, 4, 0x95, 0, 0, 0, 0, 0, 0, 0, 0).Raw("}").Raw(0x94).Raw("(").Raw(0x8C, 1).Raw("w").Raw(0x94)
        .Raw(0x8C, 12).Raw("torch._utils").Raw(0x94, 0x8C, 18).Raw("_rebuild_tensor_v2").Raw(0x93, 0x94).Raw("((").Raw(0x8C, 7).Raw("storage").Raw(0x8C, 5).Raw("torch")
        .Raw(0x8C, 12).Raw("FloatStorage").Raw(0x93).Raw(0x8C, 1).Raw("0").Raw(0x8C, 3).Raw("cpu").Raw("K\u0018tQK\u0000K\u0004K\u0006\u0086K\u0001K\u0004\u0086\u0089")
        .Raw(0x8C, 11).Raw("collections").Raw(0x8C, 11).Raw("OrderedDict").Raw(0x93).Raw(")R").Raw(0x94).Raw("tR").Raw(0x94).Raw(0x8C, 1).Raw("l").Raw("](K\u0001G@\u0004\0\0\0\0\0\0Ne").Raw(0x8C, 1).Raw("b").Raw("C\u0002ab")
        .Raw(0x8C, 1).Raw("s").Raw("h\u0001u");

    private static byte[] Nested() => PickleText.Archive(new PickleText().Raw("}").Text("module").Raw("}(").Text("a").Tensor("0", 24, 1, [3, 2], [2, 9]).Text("b").Tensor("0", 24, 0, [3], [0]).Raw("us"), ("0", new byte[96]));

    private byte[] Written()
    {
        PytorchWriter.Write(_folder["w.pt"], [SafetensorsSource.FromBytes("w", SafetensorsDType.BF16, [3, 1], new byte[6])], cancellationToken: TestContext.Current.CancellationToken);
        return File.ReadAllBytes(_folder["w.pt"]);
    }

    private void Read(GuardedBytes bytes)
    {
        using PytorchFile file = PytorchFile.Open(Map(bytes));
        byte* room = stackalloc byte[4096];
        foreach (PytorchTensor tensor in file.Tensors.Values)
        {
            if (tensor.Length > 4096)
                continue;
            file.CopyTo(tensor, room);
            Sum(new ReadOnlySpan<byte>(room, (int)tensor.Length));
        }
        _sum += file.StateDict.Count;
    }

    private static long Decode(GgufValue value) => value.Type switch
    {
        GgufValueType.Array when value.ElementType == GgufValueType.String => value.AsStrings().Sum(text => text.Length),
        GgufValueType.Array => value.Items().Sum(Decode),
        GgufValueType.String => value.AsString().Length,
        GgufValueType.Bool => value.AsBool() ? 1 : 0,
        GgufValueType.Float32 or GgufValueType.Float64 => double.IsNaN(value.AsFloat()) ? 1 : 0,
        _ => value.AsInteger() % 7,
    };

    private void Unpack(GuardedBytes bytes)
    {
        string path = _folder["packed"];
        File.Delete(path); // a file that is cut and written over is flushed to the disk by some file systems
        File.WriteAllBytes(path, bytes.Span);
        byte[] buffer = new byte[16 * 1024];
        using Stream stream = CompressedStream.OpenRead(path);
        long total = 0;
        // A few bytes can stand for very much text, and rightly so; what counts is that it comes in small pieces.
        for (int count; total < MostBytesUnpacked && (count = stream.Read(buffer)) > 0;)
            total += count;
        _sum += total;
    }

    private void Sum(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
            _sum += value;
    }

    private void Run(byte[][] sound, byte[][] tokens, Action<GuardedBytes> read, int? inputs = null, int constant = 64 * 1024)
    {
        FuzzReport report = Fuzz.Run<InputException>(sound, tokens, read, constant: constant, inputs: inputs);
        output.WriteLine(report.ToString());
        // Most damage must be noticed, or the test shows nothing.
        Assert.InRange(report.Refused, report.Inputs / 4, report.Inputs - 1);
    }
}
