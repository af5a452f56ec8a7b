using System.Text;
using Castalia.Testing;

namespace Castalia.Formats.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_written_file_has_its_content_and_nothing_lies_beside_it()
    {
        string path = _folder["deep", "er", "a.txt"];
        AtomicFile.WriteAllText(path, "é\n");
        Assert.Equal(Encoding.UTF8.GetBytes("é\n"), File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder["deep", "er"]));
    }

    [Fact]
    public void The_name_is_free_until_the_commit_and_the_old_content_stands()
    {
        string path = _folder["a.bin"];
        AtomicFile.WriteAllBytes(path, [1]);
        using AtomicFile file = AtomicFile.Create(path);
        file.Stream.Write(new byte[1 << 20]);
        Assert.Equal([1], File.ReadAllBytes(path));
        file.Commit();
        Assert.Equal(1 << 20, new FileInfo(path).Length);
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
        Assert.Throws<ObjectDisposedException>(file.Commit);
    }

    [Fact]
    public void A_failure_in_the_middle_leaves_nothing()
    {
        string path = _folder["a.bin"];
        Assert.Throws<OperationCanceledException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[1 << 20]);
            throw new OperationCanceledException();
        }));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_full_disk_inside_the_callback_says_so_and_leaves_nothing()
    {
        // An expected length no disk has: the reservation fails as a write to a full disk would.
        string path = _folder["a.bin"];
        var error = Assert.Throws<InputException>(() => AtomicFile.Write(path, stream => stream.WriteByte(1), expectedLength: 1L << 55));
        Assert.Equal(path, error.File);
        Assert.Contains("full", error.Problem);
        Assert.Contains("36,028,797,018,963,968 bytes wanted", error.Problem);
        Assert.Contains("Free some space", error.Remedy);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void An_expected_length_that_was_too_long_leaves_no_tail()
    {
        string path = _folder["a.bin"];
        AtomicFile.Write(path, stream => stream.Write([1, 2, 3]), expectedLength: 1 << 16);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
    }

    [Fact]
    public void A_folder_in_the_way_and_a_file_as_folder_are_named()
    {
        Directory.CreateDirectory(_folder["taken"]);
        Assert.Contains("folder of this name", Assert.Throws<InputException>(() => AtomicFile.WriteAllText(_folder["taken"], "x")).Problem);
        AtomicFile.WriteAllText(_folder["plain"], "x");
        var error = Assert.Throws<InputException>(() => AtomicFile.WriteAllText(_folder["plain", "a.txt"], "x"));
        Assert.Equal(_folder["plain", "a.txt"], error.File);
    }

    [Fact]
    public void Writers_may_seek_back_to_patch_a_header()
    {
        string path = _folder["a.bin"];
        AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[300_000]);
            Assert.Equal(300_000, stream.Position);
            stream.Position = 5;
            stream.WriteByte(7);
            stream.Seek(0, SeekOrigin.End);
            stream.WriteByte(9);
        });
        byte[] bytes = File.ReadAllBytes(path);
        Assert.Equal(300_001, bytes.Length);
        Assert.Equal((7, 9), (bytes[5], bytes[^1]));
    }

    [Fact]
    public void Names_of_255_bytes_work()
    {
        string name = new('é', 127);
        AtomicFile.WriteAllText(_folder[name], "x");
        Assert.Equal("x", File.ReadAllText(_folder[name]));
    }

    [Fact]
    public void Leftovers_of_killed_processes_are_swept_and_nothing_else()
    {
        File.WriteAllText(_folder[".a.txt.0123456789abcdef.partial"], "");
        Directory.CreateDirectory(_folder["in", ".step4.fedcba9876543210.partial", "deep"]);
        File.WriteAllText(_folder["in", "kept.partial"], "");
        File.WriteAllText(_folder[".kept"], "");
        Assert.Equal(1, AtomicFile.RemoveLeftovers(_folder.Path));
        Assert.Equal(1, AtomicFile.RemoveLeftovers(_folder.Path, recursive: true));
        Assert.Equal(0, AtomicFile.RemoveLeftovers(_folder["nowhere"]));
        Assert.Equal([_folder[".kept"], _folder["in"], _folder["in", "kept.partial"]],
            Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
    }
}
