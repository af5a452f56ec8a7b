using Castalia.Testing;

namespace Castalia.Formats.Tests.Files;

public sealed class AtomicFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_committed_folder_has_what_was_put_in_it()
    {
        using (AtomicFolder step = AtomicFolder.Create(_folder["checkpoints", "step8"]))
        {
            AtomicFile.WriteAllText(Path.Combine(step.Path, "inner", "config.json"), "{}");
            Assert.False(Directory.Exists(step.FinalPath));
            step.Commit();
        }
        Assert.Equal("{}", File.ReadAllText(_folder["checkpoints", "step8", "inner", "config.json"]));
        Assert.Single(Directory.GetFileSystemEntries(_folder["checkpoints"]));
    }

    [Fact]
    public void One_that_was_not_committed_is_gone()
    {
        using (AtomicFolder step = AtomicFolder.Create(_folder["step8"] + Path.DirectorySeparatorChar))
            File.WriteAllText(Path.Combine(step.Path, "a"), "");
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_folder_of_that_name_is_replaced_whole()
    {
        Directory.CreateDirectory(_folder["step8"]);
        File.WriteAllText(_folder["step8", "old"], "");
        using (AtomicFolder step = AtomicFolder.Create(_folder["step8"]))
        {
            File.WriteAllText(Path.Combine(step.Path, "new"), "");
            step.Commit();
        }
        Assert.Equal([_folder["step8"], _folder["step8", "new"]],
            Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_file_in_the_way_is_named()
    {
        File.WriteAllText(_folder["step8"], "");
        Assert.Equal(_folder["step8"], Assert.Throws<InputException>(() => AtomicFolder.Create(_folder["step8"])).File);
    }
}
