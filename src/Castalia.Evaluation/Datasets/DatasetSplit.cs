using System.Text.Json;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>The rows of one split, in the order of its files: JSON lines, plain or packed (<c>.gz</c>, <c>.zst</c>).</summary>
internal static class DatasetSplit
{
    private const int MaxLineLength = 16 * 1024 * 1024;
    private const int MaxRows = 10_000_000;

    /// <summary>Reads the first rows and counts them all.</summary>
    /// <param name="files">The split's files.</param>
    /// <param name="wanted">How many rows to read, given how many there are.</param>
    public static (IReadOnlyList<IReadOnlyDictionary<string, object?>> rows, int total) Read(IReadOnlyList<string> files, Func<int, int> wanted)
    {
        // A fraction of a split can only be taken when its length is known: lines are kept as text until then.
        var lines = new List<(string file, long number, string text)>();
        foreach (string file in files)
        {
            using var reader = new StreamReader(CompressedStream.OpenRead(file));
            long number = 0;
            foreach (string line in Lines(file, reader))
            {
                number++;
                if (!string.IsNullOrWhiteSpace(line))
                    lines.Add((file, number, line));
                if (lines.Count > MaxRows)
                    throw new InputException(file, $"line {number}", $"the split has more than {MaxRows:N0} rows.", "Split it up.");
            }
        }
        int count = Math.Min(lines.Count, wanted(lines.Count));
        return ([.. lines.Take(count).Select(line => Row(line.file, line.number, line.text))], lines.Count);
    }

    private static IReadOnlyDictionary<string, object?> Row(string file, long number, string line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            return PythonJson.FromElement(json.RootElement) as IReadOnlyDictionary<string, object?>
                ?? throw new InputException(file, $"line {number}", "expected a JSON object.", "A data file has one object a line.");
        }
        catch (Exception error) when (error is JsonException or PythonException or InvalidOperationException)
        {
            throw new InputException(file, $"line {number}", $"this is no document: {error.Message}",
                "A data file has one JSON object a line.", error);
        }
    }

    private static IEnumerable<string> Lines(string file, StreamReader reader)
    {
        var buffer = new char[64 * 1024];
        var line = new System.Text.StringBuilder();
        for (int read = reader.Read(buffer); read > 0; read = reader.Read(buffer))
        {
            int start = 0;
            for (int end = Array.IndexOf(buffer, '\n', 0, read); end >= 0; end = Array.IndexOf(buffer, '\n', start, read - start))
            {
                yield return line.Append(buffer, start, end - start).ToString();
                line.Clear();
                start = end + 1;
            }
            line.Append(buffer, start, read - start);
            if (line.Length > MaxLineLength)
                throw new InputException(file, null, $"a line is longer than {MaxLineLength:N0} characters.",
                    "A data file has one document a line.");
        }
        if (line.Length > 0)
            yield return line.ToString();
    }
}
