using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Castalia.Formats;

/// <summary>
/// One writer a folder. The lock is the operating system's own on the file <c>.castalia.lock</c> (<c>flock</c> on Unix), so it is gone the
/// moment its process is, however that ended; the file stays and does no harm. Who holds it stands in
/// <c>.castalia.holder.json</c>. On network file systems it is as good as their <c>flock</c>.
/// </summary>
public sealed class FolderLock : IDisposable
{
    private const string LockName = ".castalia.lock";
    private const string HolderName = ".castalia.holder.json";
    private const int LongestRecord = 4096;

    private readonly FileStream _file;

    private FolderLock(string folder, FileStream file) => (Folder, _file) = (folder, file);

    /// <summary>Full path of the folder held.</summary>
    public string Folder { get; }

    /// <summary>Takes the folder, making it if needed. Does not wait.</summary>
    /// <exception cref="InputException">Another process (or another part of this one) holds it: names its pid, host and start; or
    /// nothing may be written there.</exception>
    public static FolderLock Acquire(string folder)
    {
        string full = Path.GetFullPath(folder);
        string path = Path.Combine(full, LockName);
        if (File.Exists(full))
            throw new InputException(full, null, "expected a folder, found a file.", "Name a folder, or move the file away.");
        FileStream file;
        try
        {
            Directory.CreateDirectory(full);
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException exception) when (File.Exists(path) && !FileFailure.IsDiskFull(exception))
        {
            throw new InputException(
                full, null, $"the folder is in use by {Holder(full)}.", "Wait for it to end or stop it, or choose another folder.", exception);
        }
        catch (Exception exception) when (FileFailure.IsFileSystem(exception))
        {
            throw FileFailure.Writing(path, 0, null, exception);
        }
        try
        {
            AtomicFile.WriteAllBytes(Path.Combine(full, HolderName), Record());
            return new FolderLock(full, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Lets the folder go.</summary>
    public void Dispose()
    {
        try
        {
            File.Delete(Path.Combine(Folder, HolderName));
        }
        catch (Exception exception) when (FileFailure.IsFileSystem(exception))
        {
            // A record without a lock is stale and says nothing.
        }
        _file.Dispose();
    }

    private static byte[] Record()
    {
        using var process = Process.GetCurrentProcess();
        return JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string>
        {
            ["pid"] = process.Id.ToString(CultureInfo.InvariantCulture),
            ["host"] = Environment.MachineName,
            ["started"] = process.StartTime.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture),
        });
    }

    // The record is a courtesy: whatever is wrong with it, the folder is in use all the same.
    private static string Holder(string folder)
    {
        try
        {
            byte[] bytes = InputFile.ReadAllBytes(Path.Combine(folder, HolderName), LongestRecord);
            var record = JsonSerializer.Deserialize<Dictionary<string, string>>(bytes);
            if (record is not null)
                return $"process {record["pid"]} on {record["host"]}, started {record["started"]}";
        }
        catch (Exception exception) when (exception is InputException or JsonException or KeyNotFoundException)
        {
        }
        return "another process";
    }
}
