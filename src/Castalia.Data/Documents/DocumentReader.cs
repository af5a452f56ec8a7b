using Castalia.Formats;

namespace Castalia.Data;

/// <summary>
/// Streams documents out of <c>.jsonl</c>, <c>.jsonl.zst</c> and <c>.jsonl.gz</c> files, in dolma's shape or lm_dataformat's, one at a time: memory
/// holds the longest line and no more.
/// </summary>
public static class DocumentReader
{
    /// <summary>The endings of the files that are taken out of a folder.</summary>
    public static IReadOnlyList<string> Endings { get; } = [".jsonl", ".jsonl.zst", ".jsonl.gz"];

    /// <summary>The longest line that is read, in bytes. A longer one is hostile or not JSON lines.</summary>
    public const int LongestLine = 1 << 30;

    /// <summary>Reads the documents of files, folders and globs, in the order of <see cref="Expand"/>.</summary>
    /// <exception cref="InputException">Nothing is there, a file is damaged, or a line is not a document.</exception>
    public static IEnumerable<Document> Read(IEnumerable<string> paths, CancellationToken cancellationToken = default)
    {
        foreach (string file in Expand(paths))
        {
            foreach (Document document in ReadFile(file, cancellationToken))
                yield return document;
        }
    }

    /// <summary>Reads the documents of one file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static IEnumerable<Document> ReadFile(string path, CancellationToken cancellationToken = default)
    {
        string defaultSource = NameOf(path);
        using Stream stream = CompressedStream.OpenRead(path);
        using var lines = new LineReader(stream, path, LongestLine);
        while (lines.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!lines.IsBlank)
                yield return DocumentLine.Read(lines.Line, path, lines.Number, defaultSource);
        }
    }

    /// <summary>
    /// The files that paths stand for. A file stands for itself, a folder for the document files directly in it, a glob (<c>*</c> and <c>?</c> in the last
    /// part) for the files that match; within a folder or glob files come in the ordinal order of their names.
    /// A file named twice is read once, at its first place.
    /// </summary>
    /// <exception cref="InputException">A path stands for no file.</exception>
    public static IReadOnlyList<string> Expand(IEnumerable<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var files = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string path in paths)
        {
            foreach (string file in ExpandOne(path))
            {
                if (seen.Add(Path.GetFullPath(file)))
                    files.Add(file);
            }
        }
        return files;
    }

    /// <summary>A document file's name without its endings: <c>data/gutenberg.jsonl.zst</c> gives <c>gutenberg</c>.</summary>
    public static string NameOf(string path)
    {
        string name = Path.GetFileName(path);
        foreach (string ending in Endings)
        {
            if (name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return name[..^ending.Length];
        }
        return Path.GetFileNameWithoutExtension(name);
    }

    private static IEnumerable<string> ExpandOne(string path)
    {
        if (File.Exists(path))
            return [path];
        string[] files;
        if (Directory.Exists(path))
        {
            files = [.. Directory.EnumerateFiles(path).Where(IsDocumentFile)];
            if (files.Length == 0)
            {
                throw new InputException(
                    path, null, $"expected files ending in {string.Join(", ", Endings)} in this folder, found none.",
                    "Name another folder, or the files themselves.");
            }
        }
        else
        {
            string pattern = Path.GetFileName(path);
            string folder = path[..^pattern.Length];
            if (pattern.AsSpan().IndexOfAny('*', '?') < 0 || folder.AsSpan().IndexOfAny('*', '?') >= 0)
                throw new InputException(path, null, "there is no such file or folder.", "Check the path; * and ? may stand in its last part only.");
            string where = folder.Length == 0 ? "." : folder;
            files = Directory.Exists(where)
                ? [.. Directory.EnumerateFiles(where, pattern, new EnumerationOptions { MatchType = MatchType.Simple, AttributesToSkip = 0 })]
                : [];
            if (files.Length == 0)
                throw new InputException(path, null, "no file matches.", "Check the folder and the pattern.");
            if (folder.Length == 0)
                files = [.. files.Select(file => Path.GetFileName(file))];
        }
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    private static bool IsDocumentFile(string path) =>
        !Path.GetFileName(path).StartsWith('.') && Endings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
}
