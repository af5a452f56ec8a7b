using System.Text;
using System.Text.Json;

namespace Castalia.Evaluation;

/// <summary>JSON as Python writes it, read with bounds: <c>NaN</c> and <c>Infinity</c> are taken for text of the same name.</summary>
internal static class RecordedJson
{
    private const int LongestLine = 1 << 24;
    private const int LargestFile = 1 << 28;

    public static JsonDocument ReadFile(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new InputException(path, null, "there is no such file.", "Name a file that the harness wrote.");
        if (file.Length > LargestFile)
            throw new InputException(path, null, "a results file of at most 256 MiB is expected.", "Name a results file, not one of samples.");
        return Parse(path, null, Guarded(path, () => File.ReadAllText(path)));
    }

    /// <summary>The lines that are not blank, with their numbers from 1.</summary>
    public static IEnumerable<(int Number, JsonDocument Json)> ReadLines(string path)
    {
        if (!File.Exists(path))
            throw new InputException(path, null, "there is no such file.", "Name a file of samples that the harness wrote with --log_samples.");
        using StreamReader reader = Guarded(path, () => new StreamReader(path, new UTF8Encoding(false)));
        var line = new StringBuilder();
        char[] buffer = new char[1 << 16];
        int number = 1;
        for (int count; (count = Guarded(path, () => reader.Read(buffer, 0, buffer.Length))) > 0;)
        {
            for (int from = 0; from < count;)
            {
                int end = Array.IndexOf(buffer, '\n', from, count - from);
                int to = end < 0 ? count : end;
                if (line.Length + to - from > LongestLine)
                    throw new InputException(path, $"line {number}", "a line of at most 16 Mi characters is expected.", "Name a file of samples, one JSON object a line.");
                line.Append(buffer, from, to - from);
                from = to + 1;
                if (end < 0)
                    continue;
                if (Whole(line, out string text))
                    yield return (number, Parse(path, number, text));
                number++;
            }
        }
        if (Whole(line, out string last))
            yield return (number, Parse(path, number, last));
    }

    private static bool Whole(StringBuilder line, out string text)
    {
        text = line.ToString();
        line.Clear();
        return !string.IsNullOrWhiteSpace(text);
    }

    private static JsonDocument Parse(string path, int? line, string text)
    {
        try
        {
            JsonDocument json = JsonDocument.Parse(WithoutBareWords(text));
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                return json;
            json.Dispose();
            throw new InputException(path, line is null ? null : $"line {line}", "a JSON object is expected.", "Name a file that the harness wrote.");
        }
        catch (JsonException error)
        {
            throw new InputException(path, line is null ? null : $"line {line}", $"this is not JSON: {error.Message}", "Name a file that the harness wrote, whole.", error);
        }
    }

    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException(path, null, $"the file cannot be read: {error.Message}", "Name a file that can be read.", error);
        }
    }

    private static string WithoutBareWords(string text)
    {
        if (!text.Contains("NaN", StringComparison.Ordinal) && !text.Contains("Infinity", StringComparison.Ordinal))
            return text;
        var sound = new StringBuilder(text.Length + 16);
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            string? word = quoted ? null : Array.Find(["NaN", "-Infinity", "Infinity"], one => string.CompareOrdinal(text, i, one, 0, one.Length) == 0);
            if (word is not null)
            {
                sound.Append('"').Append(word).Append('"');
                i += word.Length - 1;
                continue;
            }
            if (text[i] == '"')
                quoted = !quoted;
            sound.Append(text[i]);
            if (quoted && text[i] == '\\' && i + 1 < text.Length)
                sound.Append(text[++i]);
        }
        return sound.ToString();
    }

    /// <summary>A number, a truth value as 1 or 0, or a number that stands as text; null for anything else.</summary>
    public static double? Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        JsonValueKind.String when double.TryParse(value.GetString(), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out double number) => number,
        _ => null,
    };
}
