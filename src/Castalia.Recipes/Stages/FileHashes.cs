using Castalia.Formats;

namespace Castalia.Recipes.Stages;

/// <summary>Hashes of files, read from disk only where size or time of writing differ from what a manifest last recorded.</summary>
public sealed class FileHashes
{
    private readonly Dictionary<string, FileRecord> _known = [];

    /// <summary>Takes over what a folder's manifest says of its inputs and outputs.</summary>
    public void Learn(string folder, StageManifest manifest)
    {
        foreach ((string path, FileRecord record) in manifest.Inputs.Concat(manifest.Outputs))
            _known[Path.GetFullPath(Path.Combine(folder, path))] = record;
    }

    /// <summary>The record of a file as it stands now; null where there is no such file.</summary>
    public FileRecord? Of(string path)
    {
        string full = Path.GetFullPath(path);
        var info = new FileInfo(full);
        if (!info.Exists)
            return null;
        if (_known.TryGetValue(full, out FileRecord? known) && known.Bytes == info.Length && known.Modified == info.LastWriteTimeUtc.Ticks)
            return known;
        return _known[full] = new FileRecord(ContentHash.OfFile(full), info.Length, info.LastWriteTimeUtc.Ticks);
    }

    /// <summary>Every file that a path stands for: itself, or all files in a folder but manifests and what is still being written, in ordinal order.</summary>
    public static IEnumerable<string> Expand(string path) =>
        Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
                .Where(file => Path.GetFileName(file) != StageManifest.FileName && !Hidden(path, file))
                .Order(StringComparer.Ordinal)
            : [path];

    // Locks, marks and half-written files begin with a dot, or lie in a folder that does.
    private static bool Hidden(string root, string file) =>
        Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar).Any(part => part.StartsWith('.'));
}
