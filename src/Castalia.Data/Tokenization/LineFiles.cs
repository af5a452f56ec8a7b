using Castalia.Formats;

namespace Castalia.Data;

/// <summary>What a file's lines are.</summary>
public enum TextFormat
{
    /// <summary>What the name says: text where it ends in <c>.txt</c> (<c>.txt.zst</c>, <c>.txt.gz</c>), else JSON lines.</summary>
    Auto,

    /// <summary>A JSON value a line.</summary>
    Jsonl,

    /// <summary>A text a line, empty ones included.</summary>
    Text,
}

/// <summary>Reads files, folders, globs and standard input as batches of lines.</summary>
/// <param name="inputs">What to read; <c>-</c> is standard input.</param>
/// <param name="format">What the lines are.</param>
/// <param name="standardInput">Standard input; null where there is none.</param>
internal sealed class LineFiles(IReadOnlyList<string> inputs, TextFormat format, Stream? standardInput)
{
    /// <summary>How standard input is called on the command line and in errors.</summary>
    public const string StandardInput = "-";

    // Large enough that handing over costs nothing, small enough that the last batches keep all threads busy.
    private const int BatchBytes = 1 << 18;

    private static readonly string[] TextEndings = [".txt", ".txt.zst", ".txt.zstd", ".txt.gz"];

    private readonly string[] _files = Expand(inputs);

    /// <summary>How many bytes the files have on the disk, to measure progress by; null where standard input is among them.</summary>
    public long? TotalBytes => _files.Contains(StandardInput) ? null : _files.Sum(file => new FileInfo(file).Length);

    /// <summary>The lines in batches, in order. Blank lines of JSON are passed over.</summary>
    /// <exception cref="InputException">A file is missing or damaged, or a line is too long.</exception>
    public IEnumerable<LineBatch> Read(CancellationToken cancellationToken)
    {
        long before = 0;
        foreach (string file in _files)
        {
            if (file == StandardInput)
            {
                Stream stream = standardInput ?? throw new InputException("-", null, "there is no standard input here.", "Name a file.");
                foreach (LineBatch batch in Read("standard input", FormatOf(file), stream, null, cancellationToken))
                    yield return batch;
                continue;
            }
            using Stream unpacked = CompressedStream.OpenRead(file, out FileStream packed);
            foreach (LineBatch batch in Read(file, FormatOf(file), unpacked, packed, cancellationToken))
            {
                batch.Done += before;
                yield return batch;
            }
            before += new FileInfo(file).Length;
        }
    }

    private static IEnumerable<LineBatch> Read(string file, TextFormat format, Stream stream, FileStream? packed, CancellationToken cancellationToken)
    {
        using var lines = new LineReader(stream, file, DocumentReader.LongestLine);
        LineBatch batch = new(file, format);
        long read = 0;
        while (lines.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            read += lines.Line.Length + 1;
            if (format == TextFormat.Jsonl && lines.IsBlank)
                continue;
            // A long line goes alone.
            if (batch.Count > 0 && batch.Length + (long)lines.Line.Length > BatchBytes)
            {
                yield return batch;
                batch = new LineBatch(file, format);
            }
            batch.Add(format == TextFormat.Text && lines.Line is [.., (byte)'\r'] ? lines.Line[..^1] : lines.Line, lines.Number);
            batch.Done = packed?.Position ?? read;
        }
        if (batch.Count > 0)
            yield return batch;
    }

    private TextFormat FormatOf(string file) => format != TextFormat.Auto ? format
        : TextEndings.Any(ending => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) ? TextFormat.Text : TextFormat.Jsonl;

    private static string[] Expand(IReadOnlyList<string> inputs)
    {
        List<string> files = [];
        foreach (string input in inputs)
            files.AddRange(input == StandardInput ? [input] : DocumentReader.Expand([input]));
        return [.. files.DistinctBy(file => file == StandardInput ? file : Path.GetFullPath(file))];
    }
}
