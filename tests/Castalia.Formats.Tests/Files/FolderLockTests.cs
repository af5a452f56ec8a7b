using System.Globalization;
using Castalia.Testing;

namespace Castalia.Formats.Tests.Files;

public sealed class FolderLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_second_holder_is_told_who_the_first_is()
    {
        using FolderLock first = FolderLock.Acquire(_folder["run"]);
        var error = Assert.Throws<InputException>(() => FolderLock.Acquire(_folder["run"]));
        Assert.Equal(_folder["run"], error.File);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}, started 20"), error.Problem);
    }

    [Fact]
    public void A_folder_let_go_can_be_taken_again()
    {
        FolderLock.Acquire(_folder["run"]).Dispose();
        using FolderLock second = FolderLock.Acquire(_folder["run"]);
        Assert.Equal(_folder["run"], second.Folder);
    }

    [Fact]
    public void Stale_and_broken_files_of_a_killed_holder_do_no_harm()
    {
        File.WriteAllText(_folder[".castalia.lock"], "");
        File.WriteAllText(_folder[".castalia.holder.json"], "not a record");
        using (FolderLock.Acquire(_folder.Path))
        {
            File.WriteAllText(_folder[".castalia.holder.json"], "{\"pid\":\"1\"}");
            Assert.Contains("another process", Assert.Throws<InputException>(() => FolderLock.Acquire(_folder.Path)).Problem);
        }
        Assert.Equal([_folder[".castalia.lock"]], Directory.GetFileSystemEntries(_folder.Path));
    }
}
