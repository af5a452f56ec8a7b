using Castalia.Formats;

namespace Castalia.Models.Conversion;

/// <summary>Where a conversion writes, and what it may replace there.</summary>
internal static class ConversionTarget
{
    private const string ConfigName = "config.json";

    /// <summary>What to call a model: its folder's name, before it its run's where the folder is a checkpoint's.</summary>
    public static string NameOf(string source)
    {
        string[] parts = Path.TrimEndingDirectorySeparator(Path.GetFullPath(source)).Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        if (File.Exists(source))
            return Path.GetFileNameWithoutExtension(source);
        return parts is [.., var run, "checkpoints", var step] ? $"{run}-{step}" : parts.Length > 0 ? parts[^1] : "model";
    }

    /// <summary>Refuses a folder that is taken: always where it is the source, holds it or lies in it, or holds something else than a model.</summary>
    public static void CheckFolder(string source, string target, bool force)
    {
        string from = Ended(source), to = Ended(target);
        if (from.StartsWith(to, StringComparison.Ordinal) || to.StartsWith(from, StringComparison.Ordinal))
            throw new InputException(target, null, $"the folder cannot be {source} itself, nor hold it or lie in it.", "Choose another folder.");
        if (!Directory.Exists(target) || !Directory.EnumerateFileSystemEntries(target).Any())
            return;
        if (!force)
            throw new InputException(target, null, "there is a folder of this name already.", "Choose another name, or give --force to replace it.");
        if (!File.Exists(Path.Combine(target, ConfigName)) && !NeoXCheckpoint.Exists(target))
            throw new InputException(target, null, $"the folder holds no model (no {ConfigName}, no checkpoint of GPT-NeoX's), so --force does not replace it.", "Choose another name, or remove the folder.");
    }

    /// <summary>The file to write: the one that is named, or one in a folder that is named.</summary>
    public static string GgufFile(string target, string name, bool force)
    {
        string path = Directory.Exists(target) || Path.EndsInDirectorySeparator(target) ? Path.Combine(target, name) : target;
        if (!File.Exists(path))
            return path;
        if (!force)
            throw new InputException(path, null, "there is a file of this name already.", "Choose another name, or give --force to replace it.");
        Span<byte> beginning = stackalloc byte[4];
        using FileStream file = InputFile.OpenRead(path);
        int read = file.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false);
        return Formats.GgufFile.Begins(beginning[..read])
            ? path
            : throw new InputException(path, null, "the file is no GGUF, so --force does not replace it.", "Choose another name, or remove the file.");
    }

    /// <summary>Copies the texts of licences.</summary>
    public static void CopyLicenses(string source, string target)
    {
        if (!Directory.Exists(source))
            return;
        foreach (string file in Directory.EnumerateFiles(source, "LICENSE*").Concat(Directory.EnumerateFiles(source, "NOTICE*")))
            AtomicFile.WriteAllBytes(Path.Combine(target, Path.GetFileName(file)), File.ReadAllBytes(file));
    }

    private static string Ended(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)) + Path.DirectorySeparatorChar;
}
