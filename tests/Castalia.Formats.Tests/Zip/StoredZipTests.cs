using System.Buffers.Binary;
using System.IO.Compression;
using Castalia.Testing;

namespace Castalia.Formats.Tests.Zip;

/// <summary>Archives of stored members: against .NET's own zip library, and archives that lie.</summary>
public sealed class StoredZipTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static readonly (string Name, byte[] Bytes)[] Members =
        [("a/data.pkl", "N."u8.ToArray()), ("a/empty", []), ("a/näme", [.. Enumerable.Range(0, 1000).Select(i => (byte)i)]), ("a/last", [1, 2, 3])];

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(100)] // zip64 for the long member and for those behind it
    [InlineData(2)]
    public void What_we_write_is_read_by_ours_and_by_NETs_library(uint widest)
    {
        byte[] archive = Write(widest);
        using MappedFile file = Map(archive);
        IReadOnlyDictionary<string, ZipMember> members = StoredZip.Read(file);
        using var reference = new ZipArchive(new MemoryStream(archive));
        Assert.Equal(Members.Select(member => member.Name), reference.Entries.Select(entry => entry.FullName));
        foreach ((string name, byte[] bytes) in Members)
        {
            ZipMember member = members[name];
            Assert.Equal(bytes, file.Span(member.Offset, (int)member.Length).ToArray());
            Assert.Equal(0, member.Offset % 64);
            Assert.Equal(Crc32.Append(0, bytes), member.Checksum);
            using Stream stream = reference.GetEntry(name)!.Open();
            var copy = new MemoryStream();
            stream.CopyTo(copy);
            Assert.Equal(bytes, copy.ToArray());
        }
    }

    [Fact]
    public void What_NETs_library_stores_is_read_and_what_it_compresses_is_refused()
    {
        foreach (CompressionLevel level in (CompressionLevel[])[CompressionLevel.NoCompression, CompressionLevel.Fastest])
        {
            var stream = new MemoryStream();
            using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            {
                using Stream member = zip.CreateEntry("a/zeros", level).Open();
                member.Write(new byte[1 << 20]);
            }
            using MappedFile file = Map(stream.ToArray());
            if (level == CompressionLevel.NoCompression)
            {
                Assert.Equal(1 << 20, StoredZip.Read(file)["a/zeros"].Length);
                continue;
            }
            var error = Assert.Throws<InputException>(() => StoredZip.Read(file));
            Assert.Contains("compressed", error.Problem);
            Assert.Equal("member a/zeros", error.Place);
        }
    }

    [Fact]
    public void Archives_that_lie_are_refused()
    {
        byte[] sound = Write();
        int directory = sound.AsSpan().IndexOf("PK\u0001\u0002"u8), second = directory + 46 + "a/data.pkl".Length, third = second + 46 + "a/empty".Length;
        int last = sound.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        Refused(sound, third + 20, 4_000, "claims");        // packed and real size differ
        Refused(sound, third + 24, 900, "claims");
        Past(sound, third + 20, third + 24, 4_000);
        Past(sound, third + 20, third + 24, 0xFFFFFFFF);    // zip64 without its field
        Refused(sound, third + 42, 0, "name");              // the header of another member
        Refused(sound, third + 42, 0x7FFFFFFF, "outside");
        Refused(sound, third + 42, 1, "header");
        Refused(sound, third + 8, 1, "encrypted");
        Refused(sound, third + 10, 8, "compressed");
        Refused(sound, third + 28, 0xFFFF, "end");
        Refused(sound, directory, 0, "directory");
        Refused(sound, last, 0, "directory");

        int end = sound.Length - 22, end64 = end - 20 - 56;
        Refused(sound, end64 + 32, 0x7FFFFFFF, "members");  // a billion members
        Refused(sound, end64 + 40, 0x7FFFFFFF, "directory");
        Refused(sound, end64 + 48, 0x7FFFFFFF, "directory");
        Refused(sound, end64, 0, "zip64");
        Refused(sound, end - 20 + 8, 0x7FFFFFFF, "zip64");
        Refused(sound, end, 0, "directory");
        for (int length = 0; length < sound.Length; length += 13)
            Refused(sound[..length]);
    }

    [Fact]
    public void A_name_twice_and_members_over_each_other_are_refused()
    {
        byte[] twice = Write(uint.MaxValue, [("a/x", [1]), ("a/x", [2])]);
        Assert.Contains("twice", Refused(twice).Problem);

        // The first member reaches to the directory's start: over the second one.
        byte[] over = Write(uint.MaxValue, [("a/x", new byte[8]), ("a/y", new byte[8])]);
        int directory = over.AsSpan().IndexOf("PK\u0001\u0002"u8);
        foreach (int at in (int[])[directory + 20, directory + 24])
            BinaryPrimitives.WriteUInt32LittleEndian(over.AsSpan(at), 80);
        Assert.Contains("overlaps", Refused(over).Problem);
    }

    [Fact]
    public void A_damaged_pickle_is_found_by_its_checksum_and_big_endian_files_are_refused()
    {
        byte[] bytes = File.ReadAllBytes(Fixtures.Path("models", "pytorch_bin", "awkward.bin"));
        bytes[100] ^= 1;
        Assert.Contains("checksum", Assert.Throws<InputException>(() => PytorchFile.Open(Map(bytes))).Problem);
        bytes[100] ^= 1;
        bytes.AsSpan(bytes.AsSpan().IndexOf("little"u8), 6).Fill((byte)'b');
        Assert.Contains("little-endian", Assert.Throws<InputException>(() => PytorchFile.Open(Map(bytes))).Problem);
    }

    private static byte[] Write(ulong widest = uint.MaxValue, (string Name, byte[] Bytes)[]? members = null)
    {
        var stream = new MemoryStream();
        var writer = new StoredZipWriter(stream, widest);
        foreach ((string name, byte[] bytes) in members ?? Members)
            writer.Add(name, bytes);
        writer.Finish();
        return stream.ToArray();
    }

    private void Refused(byte[] sound, int at, uint value, string problem)
    {
        byte[] damaged = [.. sound];
        BinaryPrimitives.WriteUInt32LittleEndian(damaged.AsSpan(at), value);
        Assert.Contains(problem, Refused(damaged).Problem);
    }

    private void Past(byte[] sound, int first, int second, uint value)
    {
        byte[] damaged = [.. sound];
        BinaryPrimitives.WriteUInt32LittleEndian(damaged.AsSpan(first), value);
        Refused(damaged, second, value, "past");
    }

    private InputException Refused(byte[] archive)
    {
        using MappedFile file = Map(archive);
        return Assert.Throws<InputException>(() => StoredZip.Read(file));
    }

    private MappedFile Map(byte[] bytes)
    {
        string path = _folder[Guid.NewGuid().ToString("n")];
        File.WriteAllBytes(path, bytes);
        return MappedFile.Open(path);
    }
}
