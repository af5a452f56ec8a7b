using System.IO.Compression;
using System.Text;
using Castalia.Testing;

namespace Castalia.Formats.Tests.Compression;

public sealed class CompressedStreamTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("multiframe.jsonl.zst", "b3a12c205aac710c609641d27d6b0b01406618435919d513da645e8b3f56079f")]
    [InlineData("multimember.jsonl.gz", "a96f7681df728b0d3ad82540c32c8392fad8ac2d29e126fcfa6be65c59276664")]
    public void Parts_written_by_zstd_and_gzip_themselves_read_as_one_text(string name, string hash)
    {
        // Frames of several levels, with and without checksum, a skippable and an empty one; the hash is that of zstdcat's and zcat's output.
        using Stream stream = CompressedStream.OpenRead(Fixtures.Path("compression", name));
        Assert.Equal(hash, ContentHash.OfStream(stream, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("a.txt", 3)]
    [InlineData("a.zst", 1)]
    [InlineData("a.zst", 19)]
    [InlineData("a.gz", 9)]
    public void What_was_written_is_read(string name, int level)
    {
        byte[] content = Content(300_000);
        CompressedStream.Write(_folder[name], stream => stream.Write(content), level);
        Assert.Equal(content, Read(_folder[name]));
        if (name != "a.txt")
            Assert.True(new FileInfo(_folder[name]).Length < content.Length / 2);
    }

    [Theory]
    [InlineData("a.zst")]
    [InlineData("a.gz")]
    public void Parts_packed_one_by_one_read_as_one_and_empty_ones_add_nothing(string name)
    {
        byte[] content = Content(1000);
        AtomicFile.Write(_folder[name], file =>
        {
            for (int part = 0; part < 10; part++)
            {
                using Stream packed = CompressedStream.Create(file, CompressedStream.KindOf(name));
                packed.Write(content.AsSpan(part * 100, part == 5 ? 0 : 100));
            }
        });
        Assert.Equal([.. content[..500], .. content[600..]], Read(_folder[name]));
    }

    [Theory]
    [InlineData("a.zst")]
    [InlineData("a.gz")]
    public void A_file_cut_anywhere_is_an_error_that_names_file_and_byte(string name)
    {
        byte[] content = Content(20_000);
        CompressedStream.Write(_folder[name], stream => stream.Write(content));
        byte[] whole = File.ReadAllBytes(_folder[name]);
        string cut = _folder["cut-" + name];
        for (int length = 0; length < whole.Length; length += length < 40 || length > whole.Length - 40 ? 1 : 97)
        {
            File.WriteAllBytes(cut, whole[..length]);
            var error = Assert.Throws<InputException>(() => Read(cut));
            Assert.Equal(cut, error.File);
            Assert.StartsWith("byte ", error.Place);
            Assert.Contains("Fetch or write the file again", error.Remedy);
        }
    }

    [Fact]
    public void The_bytes_decide_not_only_the_name()
    {
        CompressedStream.Write(_folder["a.zst"], stream => stream.Write("hello"u8));
        File.Move(_folder["a.zst"], _folder["a.jsonl"]);
        Assert.Equal("hello"u8, Read(_folder["a.jsonl"]));
        File.WriteAllText(_folder["plain.jsonl.zst"], "{\"text\":\"not packed\"}");
        Assert.Contains("promises Zstandard", Assert.Throws<InputException>(() => CompressedStream.OpenRead(_folder["plain.jsonl.zst"])).Problem);
        File.WriteAllBytes(_folder["a.xz"], [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]);
        Assert.Contains("xz", Assert.Throws<InputException>(() => CompressedStream.OpenRead(_folder["a.xz"])).Problem);
    }

    [Fact]
    public void A_flipped_byte_is_found_by_the_checksum()
    {
        byte[] content = Content(5000);
        foreach (string name in (string[])["a.zst", "a.gz"])
        {
            CompressedStream.Write(_folder[name], stream => stream.Write(content));
            byte[] bytes = File.ReadAllBytes(_folder[name]);
            bytes[^1] ^= 1; // gzip: the length; zstd: the checksum
            File.WriteAllBytes(_folder[name], bytes);
            Assert.Throws<InputException>(() => Read(_folder[name]));
        }
    }

    [Fact]
    public void Skippable_frames_are_skipped_and_other_bytes_after_the_end_are_not()
    {
        AtomicFile.Write(_folder["a.zst"], file =>
        {
            file.Write([0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]);
            using Stream packed = CompressedStream.Create(file, CompressionKind.Zstandard);
            packed.Write("hello"u8);
        });
        Assert.Equal("hello"u8, Read(_folder["a.zst"]));
        File.AppendAllText(_folder["a.zst"], "garbage after");
        Assert.Contains("other bytes", Assert.Throws<InputException>(() => Read(_folder["a.zst"])).Problem);
    }

    [Fact]
    public void A_frame_may_not_ask_for_more_memory_than_zstd_grants_by_itself()
    {
        // Magic, no flags, window of 2^(10 + n), one last raw block of one byte.
        byte[] Frame(int windowLog) => [0x28, 0xB5, 0x2F, 0xFD, 0, (byte)((windowLog - 10) << 3), 9, 0, 0, (byte)'x'];
        File.WriteAllBytes(_folder["a.zst"], Frame(27));
        Assert.Equal("x"u8, Read(_folder["a.zst"]));
        File.WriteAllBytes(_folder["a.zst"], Frame(28));
        var error = Assert.Throws<InputException>(() => Read(_folder["a.zst"]));
        Assert.Contains("more than 128 MiB", error.Problem);
        Assert.Contains("--long=31", error.Remedy);
    }

    [Fact]
    public void Reading_a_byte_at_a_time_gives_the_same()
    {
        byte[] content = Content(3000);
        foreach (string name in (string[])["a.zst", "a.gz"])
        {
            CompressedStream.Write(_folder[name], stream => stream.Write(content));
            using Stream stream = CompressedStream.OpenRead(_folder[name]);
            var bytes = new List<byte>();
            for (int value; (value = stream.ReadByte()) >= 0;)
                bytes.Add((byte)value);
            Assert.Equal(content, bytes);
            Assert.Equal(-1, stream.ReadByte());
        }
    }

    [Fact]
    public void Gzip_of_another_program_reads()
    {
        using (var file = new GZipStream(File.Create(_folder["a.gz"]), CompressionLevel.SmallestSize))
            file.Write("one"u8);
        Assert.Equal("one"u8, Read(_folder["a.gz"]));
    }

    private static byte[] Content(int length)
    {
        var random = new Random(7);
        return Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Range(0, length).Select(_ => random.Next(1000))))[..length];
    }

    private static byte[] Read(string path)
    {
        using Stream stream = CompressedStream.OpenRead(path);
        using var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }
}
