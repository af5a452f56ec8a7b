using System.Buffers.Binary;
using System.Text;
using Castalia.Formats.Tests.Gguf;
using Castalia.Testing;

namespace Castalia.Formats.Tests.Hostile;

/// <summary>
/// Sound files damaged at random, many thousand times a format: a reader may give what it reads or refuse it with an
/// <see cref="InputException"/>; it may not fail in any other way, hang, or take memory that the file's size does not warrant.
/// The seed is fixed; another one is tried by setting CASTALIA_FUZZ_SEED.
/// </summary>
public sealed class MutationTests : IDisposable
{
    // What reading one damaged file may allocate, whatever lengths it claims. The files have a few kilobytes.
    private const long MostBytesAllocated = 4 << 20;
    private const long MostBytesUnpacked = 64 << 20;

    private static readonly int Seed = int.Parse(Environment.GetEnvironmentVariable("CASTALIA_FUZZ_SEED") ?? "20", System.Globalization.CultureInfo.InvariantCulture);

    private static readonly ulong[] Interesting =
        [0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000, long.MaxValue, 1UL << 63, ulong.MaxValue];

    private static readonly string[] Tokens =
        ["{", "}", "[", "]", "(", ")", ",", ":", "\"", "'", "-1", "1e9", "99999999999999999999", "\\u0000", "\\ud800", "null", "shape", "dtype", "F32",
         "data_offsets", "__metadata__", "descr", "<i8", "True", "0,"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Safetensors()
    {
        byte[] sound = File.ReadAllBytes(Fixtures.Path("safetensors", "dtypes.safetensors"));
        Mutate(8_000, sound, path =>
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            long sum = 0;
            foreach (SafetensorsEntry entry in file.InFileOrder)
            {
                foreach (byte value in file.Bytes(entry))
                    sum += value;
            }
            return sum + file.Metadata.Count;
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
        Mutate(8_000, File.ReadAllBytes(_folder["sound"]), path =>
        {
            using NpyFile file = NpyFile.Open<int>(path, axes: 2);
            long sum = 0;
            foreach (int value in file.Span<int>(0, (int)file.Count))
                sum += value;
            return sum;
        });
    }

    [Fact]
    public void Megatron_index()
    {
        File.Copy(Fixtures.Path("megatron", "tiny.bin"), _folder["fuzz.bin"]);
        Mutate(8_000, File.ReadAllBytes(Fixtures.Path("megatron", "tiny.idx")), path =>
        {
            using MegatronDataset dataset = MegatronDataset.Open(Path.ChangeExtension(path, null));
            long sum = 0;
            for (long document = 0; document < dataset.DocumentCount; document++)
                sum += dataset.Document(document).End;
            for (long sequence = 0; sequence < dataset.Count; sequence++)
                sum += dataset.Tokens(sequence).Length;
            dataset.Validate(cancellationToken: TestContext.Current.CancellationToken);
            return sum;
        });
    }

    [Fact]
    public void Gguf() => Mutate(8_000, GgufFileTests.Everything().Build(), path =>
    {
        using GgufFile file = GgufFile.Open(path);
        long sum = file.Metadata.Values.Sum(Decode);
        foreach (GgufTensor tensor in file.InFileOrder)
        {
            foreach (byte value in file.Bytes(tensor))
                sum += value;
        }
        return sum;
    });

    [Fact]
    public void Zstandard() => Mutate(3_000, File.ReadAllBytes(Fixtures.Path("compression", "multiframe.jsonl.zst")), Unpack);

    [Fact]
    public void Gzip() => Mutate(3_000, File.ReadAllBytes(Fixtures.Path("compression", "multimember.jsonl.gz")), Unpack);

    private static long Decode(GgufValue value) => value.Type switch
    {
        GgufValueType.Array when value.ElementType == GgufValueType.String => value.AsStrings().Sum(text => text.Length),
        GgufValueType.Array => value.Items().Sum(Decode),
        GgufValueType.String => value.AsString().Length,
        GgufValueType.Bool => value.AsBool() ? 1 : 0,
        GgufValueType.Float32 or GgufValueType.Float64 => double.IsNaN(value.AsFloat()) ? 1 : 0,
        _ => value.AsInteger() % 7,
    };

    private static long Unpack(string path)
    {
        byte[] buffer = new byte[16 * 1024];
        using Stream stream = CompressedStream.OpenRead(path);
        long total = 0;
        for (int count; (count = stream.Read(buffer)) > 0;)
        {
            total += count;
            // A few bytes can stand for very much text, and rightly so; what counts is that it comes in small pieces.
            if (total > MostBytesUnpacked)
                break;
        }
        return total;
    }

    private void Mutate(int count, byte[] sound, Func<string, long> read)
    {
        var random = new Random(Seed);
        string path = _folder["fuzz.idx"];
        int refused = 0;
        for (int i = 0; i < count; i++)
        {
            byte[] damaged = Damage(random, sound);
            File.Delete(path); // a file that is cut and written over is flushed to the disk by some file systems
            File.WriteAllBytes(path, damaged);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(path);
            }
            catch (InputException error)
            {
                Assert.Contains(error.File, (string[])[path, Path.ChangeExtension(path, ".bin")]);
                refused++;
            }
            catch (Exception exception)
            {
                Assert.Fail($"Seed {Seed}, file {i} ({Convert.ToBase64String(damaged)}): {exception}");
            }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < MostBytesAllocated, $"Seed {Seed}, file {i}: {allocated} bytes allocated.");
        }
        // Most damage must be noticed, or the test shows nothing.
        Assert.InRange(refused, count / 4, count);
    }

    private static byte[] Damage(Random random, byte[] sound)
    {
        List<byte> bytes = [.. sound];
        for (int times = random.Next(1, 4); times > 0 && bytes.Count > 0; times--)
        {
            // The places that decide are at the start.
            int at = random.Next(random.Next(2) == 0 ? bytes.Count : Math.Min(bytes.Count, 256));
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 3:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at));
                    break;
                case 4:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Tokens[random.Next(Tokens.Length)]));
                    break;
                case 5:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 100), bytes.Count - at)));
                    break;
                default:
                    byte[] number = new byte[8];
                    BinaryPrimitives.WriteUInt64LittleEndian(number, Interesting[random.Next(Interesting.Length)]);
                    for (int i = 0; i < 1 << random.Next(4) && at + i < bytes.Count; i++)
                        bytes[at + i] = number[i];
                    break;
            }
        }
        return [.. bytes];
    }
}
