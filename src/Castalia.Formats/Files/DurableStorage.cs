using System.Runtime.InteropServices;

namespace Castalia.Formats;

/// <summary>
/// What .NET has no call for: making a folder's entries durable, and swapping two names in one step. POSIX promises that a renamed file
/// survives a crash only once the folder that holds the name has been fsynced as well.
/// </summary>
internal static partial class DurableStorage
{
    private const int ReadOnly = 0;
    private const int CurrentFolder = -100;
    private const uint RenameExchange = 2;

    // Not every file system can sync a folder or a read-only file: EACCES, EINVAL, EROFS, ENOTSUP mean "no such guarantee here", not "data lost".
    private static readonly int[] NoSuchGuarantee = OperatingSystem.IsMacOS() ? [13, 22, 30, 45] : [13, 22, 30, 95];

    /// <summary>Makes a file's content, or a folder's entries, survive a crash. Windows keeps a folder's entries durable by itself.</summary>
    /// <exception cref="IOException">The system reports that the data could not be written.</exception>
    public static void Sync(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            if (File.Exists(path))
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
                file.Flush(flushToDisk: true);
            }
            return;
        }
        int closeOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;
        int descriptor = Open(path, ReadOnly | closeOnExec);
        int error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (descriptor >= 0)
        {
            if (FSync(descriptor) != 0)
                error = Marshal.GetLastPInvokeError();
            _ = Close(descriptor);
        }
        if (error != 0 && Array.IndexOf(NoSuchGuarantee, error) < 0)
            throw new IOException($"fsync of {path}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    /// <summary>Swaps what two names in one file system stand for, in one step. False where the system cannot do that.</summary>
    public static bool TryExchange(string first, string second)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        try
        {
            return RenameAt2(CurrentFolder, first, CurrentFolder, second, RenameExchange) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false; // a C library without renameat2
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt2(int oldFolder, string oldPath, int newFolder, string newPath, uint flags);
}
