using System.Diagnostics;
using Castalia.Testing;

namespace Castalia.Formats.Tests.Files;

/// <summary>What only shows with a second process: locks, kills and full disks.</summary>
public sealed class OtherProcessTests : IDisposable
{
    private static readonly string Child = Path.Combine(AppContext.BaseDirectory, "Castalia.Formats.Child.dll");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_lock_names_its_process_and_is_gone_when_that_is_killed()
    {
        string run = _folder["run"];
        using Process holder = Start("hold", run);
        Assert.Equal("held", holder.StandardOutput.ReadLine());
        Assert.Contains($"process {holder.Id} on ", Assert.Throws<InputException>(() => FolderLock.Acquire(run)).Problem);
        holder.Kill();
        holder.WaitForExit();
        using FolderLock held = FolderLock.Acquire(run);
        using Process second = Start("hold", run);
        string error = second.StandardError.ReadToEnd();
        second.WaitForExit();
        Assert.Equal(1, second.ExitCode);
        Assert.Contains($"process {Environment.ProcessId} on ", error);
    }

    [Fact]
    public void A_writer_that_is_killed_leaves_the_old_file_and_what_it_left_is_swept()
    {
        string path = _folder["model.safetensors"];
        AtomicFile.WriteAllText(path, "old");
        using Process writer = Start("stall", path);
        Assert.Equal("written", writer.StandardOutput.ReadLine());
        writer.Kill();
        writer.WaitForExit();
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal(2, Directory.GetFiles(_folder.Path).Length);
        Assert.Equal(1, AtomicFile.RemoveLeftovers(_folder.Path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData("a.bin")]
    [InlineData("a.jsonl.zst")]
    public void A_file_beyond_the_allowed_size_is_an_error_and_nothing_is_left(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no limit on the size of a file.");
        // The runtime's own double mapping of code needs large files, hence the variable. 8,000 blocks of 512 bytes: 4 MB.
        (int code, string error) = Shell("trap '' XFSZ; ulimit -f 8000; DOTNET_EnableWriteXorExecute=0 exec dotnet \"$0\" write \"$1\" 20000000", Child, _folder[name]);
        Assert.Equal(1, code);
        Assert.StartsWith($"{_folder[name]}: the disk (or the quota, or the allowed file size) is full after ", error);
        Assert.Contains("Free some space", error);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_full_disk_is_an_error_and_nothing_is_left()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Shell("unshare -rm true").Code == 0, "A small disk of one's own takes Linux's user namespaces.");
        const string Script = """
            mount -t tmpfs -o size=1m small "$1" || exit 9
            dotnet "$0" write "$1/a.bin" 20000000; code=$?
            ls -A "$1" >&2
            dotnet "$0" write "$1/a.bin" 500000 && ls -A "$1" >&2
            exit $code
            """;
        (int code, string error) = Shell("exec unshare -rm sh -c \"$2\" \"$0\" \"$1\"", Child, _folder.Path, Script);
        Assert.Equal(1, code);
        string[] lines = error.TrimEnd().Split('\n');
        Assert.StartsWith($"{_folder["a.bin"]}: the disk (or the quota, or the allowed file size) is full after ", lines[0]);
        // Between the two writes the disk was empty: nothing was left of the first, so there was room for the second.
        Assert.Equal(["a.bin"], lines[1..]);
    }

    private static Process Start(params string[] arguments) => Run("dotnet", [Child, .. arguments]);

    private static (int Code, string Error) Shell(string script, params string[] arguments)
    {
        using Process process = Run("sh", ["-c", script, .. arguments]);
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }

    private static Process Run(string program, IEnumerable<string> arguments) => Process.Start(
        new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
}
