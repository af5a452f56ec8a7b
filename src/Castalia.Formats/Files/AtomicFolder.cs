namespace Castalia.Formats;

/// <summary>
/// A folder that appears under its name only when it is whole: filled beside under a random name, everything in it fsynced, renamed.
/// Disposed without <see cref="Commit"/>, it is removed with all that is in it.
/// </summary>
public sealed class AtomicFolder : IDisposable
{
    private bool _closed;

    private AtomicFolder(string finalPath, string path) => (FinalPath, Path) = (finalPath, path);

    /// <summary>Full path of the folder to fill. It goes away with <see cref="Commit"/>.</summary>
    public string Path { get; }

    /// <summary>The full path that the folder has after <see cref="Commit"/>.</summary>
    public string FinalPath { get; }

    /// <summary>Starts a folder that is to become <paramref name="finalPath"/>. Missing folders above it are made.</summary>
    /// <exception cref="InputException">A file of that name is in the way, or nothing may be written there.</exception>
    public static AtomicFolder Create(string finalPath)
    {
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(finalPath));
        if (File.Exists(full))
            throw new InputException(full, null, "a file of this name is in the way of the folder.", "Remove the file or choose another name.");
        string partial = PartialName.Beside(full);
        try
        {
            Directory.CreateDirectory(partial);
        }
        catch (Exception exception) when (FileFailure.IsFileSystem(exception))
        {
            throw FileFailure.Writing(full, 0, null, exception);
        }
        return new AtomicFolder(full, partial);
    }

    /// <summary>
    /// Makes everything inside durable and gives the folder its name. A folder that stood there is replaced: in one step where the system can
    /// swap two names (Linux), else there is an instant without either; never one with a half.
    /// </summary>
    /// <exception cref="InputException">The disk is full or the name is taken by a file.</exception>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        try
        {
            SyncTree(Path);
            string? replaced = MoveIntoPlace();
            _closed = true;
            DurableStorage.Sync(System.IO.Path.GetDirectoryName(FinalPath)!);
            if (replaced is not null)
                Directory.Delete(replaced, recursive: true);
        }
        catch (Exception exception) when (FileFailure.IsFileSystem(exception))
        {
            throw FileFailure.Writing(FinalPath, 0, null, exception);
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Removes the folder and all in it if it has not been committed.</summary>
    public void Dispose()
    {
        if (_closed)
            return;
        _closed = true;
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception exception) when (FileFailure.IsFileSystem(exception))
        {
            // On the way out of another failure, which is the one to be heard; AtomicFile.RemoveLeftovers finds what stays.
        }
    }

    // Returns where the replaced folder is now, if there was one.
    private string? MoveIntoPlace()
    {
        if (!Directory.Exists(FinalPath))
        {
            Directory.Move(Path, FinalPath);
            return null;
        }
        if (DurableStorage.TryExchange(Path, FinalPath))
            return Path;
        string aside = PartialName.Beside(FinalPath);
        Directory.Move(FinalPath, aside);
        Directory.Move(Path, FinalPath);
        return aside;
    }

    private static void SyncTree(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder))
            DurableStorage.Sync(file);
        foreach (string inner in Directory.EnumerateDirectories(folder))
            SyncTree(inner);
        DurableStorage.Sync(folder);
    }
}
