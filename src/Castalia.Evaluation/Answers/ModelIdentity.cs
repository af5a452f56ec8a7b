using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>Everything on which a model's answers hang, as one hash: what stored answers are kept under.</summary>
public static class ModelIdentity
{
    // How a server or a processor is used, which is nothing to the answers; and headers, which may hold secrets.
    private static readonly HashSet<string> Indifferent = new(StringComparer.Ordinal)
    {
        "batch_size", "max_batch_size", "num_concurrent", "max_retries", "timeout", "header", "verify_certificate",
    };

    /// <summary>The hash of a model.</summary>
    /// <param name="kind">Its kind on the command line, such as <c>hf</c>.</param>
    /// <param name="arguments">Its arguments. Those that cannot change an answer do not count.</param>
    /// <param name="paths">The folders and files with its weights and tokenizer, of which every byte counts; none for a model that is elsewhere.</param>
    /// <param name="progress">Told the bytes read.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="InputException">A file cannot be read.</exception>
    public static string Of(string kind, IReadOnlyDictionary<string, object?> arguments, IEnumerable<string> paths,
        IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(paths);
        var counting = arguments.Where(pair => !Indifferent.Contains(pair.Key)).ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
        IEnumerable<string> files = paths.SelectMany(path => File.Exists(path) ? [path] : FilesOf(path));
        var identity = new List<object?> { kind, counting };
        identity.AddRange(files.Select(file => (object?)$"{Path.GetFileName(file)} {ContentHash.OfFile(file, progress, cancellationToken)}"));
        return ContentHash.OfText(PythonJson.Dumps(identity, sortKeys: true));
    }

    // Hidden files are others': locks, and what a file browser leaves.
    private static IEnumerable<string> FilesOf(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder).Where(file => !Path.GetFileName(file).StartsWith('.')).Order(StringComparer.Ordinal)
        : throw new InputException(folder, null, "there is no such folder.", "Name the model's folder.");
}
