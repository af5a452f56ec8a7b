using System.Globalization;

namespace Castalia.Formats;

/// <summary>Turns what the operating system says about a file into a sentence that a user can act on.</summary>
internal static class FileFailure
{
    // errno on Unix (ENOSPC, EFBIG, EDQUOT on Linux, EDQUOT on macOS); HRESULTs of ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL on Windows.
    private static readonly int[] DiskFullCodes = OperatingSystem.IsWindows()
        ? [unchecked((int)0x80070027), unchecked((int)0x80070070)]
        : OperatingSystem.IsMacOS() ? [28, 27, 69] : [28, 27, 122];

    /// <summary>Whether the exception is one of the file system's own, which these methods can explain.</summary>
    public static bool IsFileSystem(Exception exception) => exception is IOException or UnauthorizedAccessException;

    /// <summary>The same for a write, where .NET turns EFBIG (a file larger than the user or the disk's format allows) into an argument's fault.</summary>
    public static bool IsFileSystemWrite(Exception exception) => IsFileSystem(exception) || exception is ArgumentOutOfRangeException;

    /// <summary>Whether the write failed because the disk, the quota or the allowed file size is used up.</summary>
    public static bool IsDiskFull(Exception exception) =>
        exception is ArgumentOutOfRangeException || (exception is IOException && Array.IndexOf(DiskFullCodes, exception.HResult) >= 0);

    /// <summary>Explains a failed opening or reading.</summary>
    public static InputException Reading(string path, Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => new InputException(
            path, null, "there is no such file.", "Check the path, or run the stage that makes it.", exception),
        UnauthorizedAccessException when Directory.Exists(path) => new InputException(
            path, null, "expected a file, found a folder.", "Name a file inside it.", exception),
        UnauthorizedAccessException => new InputException(
            path, null, "it may not be read by this user.", "Change its permissions or run as its owner.", exception),
        _ => new InputException(path, null, $"it could not be read: {exception.Message}", "Check the disk and the path, then try again.", exception),
    };

    /// <summary>Explains a failed creation, write, flush or rename of the file that was to become <paramref name="path"/>.</summary>
    public static InputException Writing(string path, long written, long? expected, Exception exception)
    {
        if (IsDiskFull(exception))
            return DiskFull(path, written, expected, exception);
        return exception switch
        {
            UnauthorizedAccessException when Directory.Exists(path) => new InputException(
                path, null, "a folder of this name is in the way of the file.", "Remove the folder or choose another name.", exception),
            UnauthorizedAccessException => new InputException(
                path, null, "this user may not write here.", "Change the folder's permissions or choose another folder.", exception),
            DirectoryNotFoundException => new InputException(
                path, null, "its folder has vanished while it was being written.", "Leave the folder in place and run the same command again.", exception),
            _ => new InputException(
                path, null, $"it could not be written after {Bytes(written)}: {exception.Message}", "Check the disk and the path, then run the same command again.", exception),
        };
    }

    /// <summary>Says that the disk is full, and by how much.</summary>
    public static InputException DiskFull(string path, long written, long? expected, Exception exception)
    {
        string wanted = expected is long total ? $" of the {Bytes(total)} wanted" : "";
        return new InputException(
            path, null,
            $"the disk (or the quota, or the allowed file size) is full after {Bytes(written)}{wanted}{Free(path)}; no half was left under this name.",
            "Free some space or choose another folder, then run the same command again.", exception);
    }

    private static string Bytes(long count) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} bytes");

    private static string Free(string path)
    {
        try
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            return $"; {Bytes(new DriveInfo(folder).AvailableFreeSpace)} are free there";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "";
        }
    }
}
