using System.Text;

namespace Castalia.Formats;

/// <summary>
/// A file that appears under its name only when it is whole: written beside under a random name, fsynced, renamed, and the folder
/// fsynced. A failure, a cancelled task or a killed process leaves what was there before, never a half. A link of that name is replaced, not followed. What a killed process leaves under a
/// random name is removed by <see cref="RemoveLeftovers"/>.
/// </summary>
/// <example><code>
/// using var file = AtomicFile.Create("runs/a/metrics.jsonl");
/// file.Stream.Write(bytes);
/// file.Commit();
/// </code></example>
public sealed class AtomicFile : IDisposable
{
    private const int UnspecifiedIoError = unchecked((int)0x80131620);

    private readonly string _partialPath;
    private readonly OutputStream _stream;
    private bool _closed;

    private AtomicFile(string finalPath, string partialPath, OutputStream stream) =>
        (FinalPath, _partialPath, _stream) = (finalPath, partialPath, stream);

    /// <summary>The full path that the file has after <see cref="Commit"/>.</summary>
    public string FinalPath { get; }

    /// <summary>Where to write: buffered and seekable. Errors of the disk come out of it as <see cref="InputException"/>.</summary>
    public Stream Stream => _stream;

    /// <summary>Writes a file in one call.</summary>
    /// <param name="path">The final path. Missing folders are made.</param>
    /// <param name="write">Writes the content; what it throws is passed on and the file does not appear.</param>
    /// <param name="expectedLength">The content's length in bytes if it is known: a disk too small is then found before the writing starts.</param>
    /// <exception cref="InputException">The file cannot be written here, or the disk is full.</exception>
    public static void Write(string path, Action<Stream> write, long? expectedLength = null)
    {
        ArgumentNullException.ThrowIfNull(write);
        using AtomicFile file = Create(path, expectedLength);
        write(file.Stream);
        file.Commit();
    }

    /// <summary>Writes text as UTF-8 without a byte order mark, with the line ends it has.</summary>
    /// <inheritdoc cref="Write" path="/exception"/>
    public static void WriteAllText(string path, string text) => WriteAllBytes(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes bytes.</summary>
    /// <inheritdoc cref="Write" path="/exception"/>
    public static void WriteAllBytes(string path, ReadOnlySpan<byte> bytes)
    {
        using AtomicFile file = Create(path, bytes.Length);
        file.Stream.Write(bytes);
        file.Commit();
    }

    /// <summary>Starts a file. It appears at <paramref name="path"/> with <see cref="Commit"/>; disposed without, it never does.</summary>
    /// <inheritdoc cref="Write" path="/param|/exception"/>
    public static AtomicFile Create(string path, long? expectedLength = null)
    {
        string finalPath = Path.GetFullPath(path);
        string partialPath = PartialName.Beside(finalPath);
        bool opened = false;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(finalPath)!);
            if (Directory.Exists(finalPath))
                throw new UnauthorizedAccessException("There is a folder of that name.");
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.Read | FileShare.Delete,
                BufferSize = 0, // OutputStream buffers: a FileStream that failed to flush tries again when it is disposed
                PreallocationSize = expectedLength ?? 0,
            };
            var stream = new OutputStream(new FileStream(partialPath, options), finalPath, expectedLength);
            opened = true;
            return new AtomicFile(finalPath, partialPath, stream);
        }
        catch (IOException exception) when (expectedLength > 0 && exception.HResult == UnspecifiedIoError)
        {
            // How FileStream reports that the space could not be reserved.
            throw FileFailure.DiskFull(finalPath, 0, expectedLength, exception);
        }
        catch (Exception exception) when (FileFailure.IsFileSystem(exception))
        {
            throw FileFailure.Writing(finalPath, 0, expectedLength, exception);
        }
        finally
        {
            // A failed preallocation has already made the name.
            if (!opened)
                TryDelete(partialPath);
        }
    }

    /// <summary>Makes the content durable and gives the file its name, replacing what stood there. Once only; <see cref="Stream"/> is closed.</summary>
    /// <exception cref="InputException">The disk is full or the name is taken by a folder.</exception>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        long length = _stream.Position;
        try
        {
            _stream.FlushToDisk();
            _stream.Dispose();
            File.Move(_partialPath, FinalPath, overwrite: true);
            _closed = true;
            DurableStorage.Sync(Path.GetDirectoryName(FinalPath)!);
        }
        catch (Exception exception) when (FileFailure.IsFileSystem(exception))
        {
            throw FileFailure.Writing(FinalPath, length, length, exception);
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Throws away what was written if it has not been committed.</summary>
    public void Dispose()
    {
        if (_closed)
            return;
        _closed = true;
        _stream.Dispose();
        TryDelete(_partialPath);
    }

    /// <summary>
    /// Removes the partial files and folders that killed processes left directly inside a folder. Call it only while nobody else can be
    /// writing there, that is while holding its <see cref="FolderLock"/>.
    /// </summary>
    /// <param name="folder">The folder to look in; one that does not exist holds nothing.</param>
    /// <param name="recursive">Whether to look in the folders inside it as well.</param>
    /// <returns>How many were removed.</returns>
    public static int RemoveLeftovers(string folder, bool recursive = false)
    {
        if (!Directory.Exists(folder))
            return 0;
        int removed = 0;
        foreach (string entry in Directory.GetFileSystemEntries(folder))
        {
            bool isFolder = Directory.Exists(entry) && new DirectoryInfo(entry).LinkTarget is null;
            if (PartialName.Matches(Path.GetFileName(entry)))
            {
                if (isFolder)
                    Directory.Delete(entry, recursive: true);
                else
                    File.Delete(entry);
                removed++;
            }
            else if (recursive && isFolder)
            {
                removed += RemoveLeftovers(entry, recursive: true);
            }
        }
        return removed;
    }

    // Called on the way out of another failure, which is the one to be heard.
    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (FileFailure.IsFileSystem(exception))
        {
        }
    }
}
