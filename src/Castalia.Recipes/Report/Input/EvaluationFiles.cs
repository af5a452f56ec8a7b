using System.Text.Json;
using System.Text.Json.Serialization;
using Castalia.Evaluation;
using Castalia.Formats;

namespace Castalia.Recipes.Report;

/// <summary>
/// Reads what the evaluation of a model's checkpoints left: <c>step{N}/results.json</c> in lm-eval's layout, and <c>step{N}/bits_per_byte.json</c>.
/// </summary>
internal static class EvaluationFiles
{
    private const string ErrorEnding = "_stderr";
    private const int LongestFile = 64 << 20;

    /// <summary>The scores of every checkpoint, by step.</summary>
    /// <exception cref="InputException">A file is not one of results.</exception>
    public static IReadOnlyList<CheckpointScores> ReadScores(string folder) =>
    [
        .. CheckpointFolders.Of(folder)
            .Select(step => (step.Step, File: ResultsIn(step.Folder)))
            .Where(step => step.File is not null)
            .Select(step => new CheckpointScores(step.Step, Scores(ReadResults(step.File!)))),
    ];

    /// <summary>Bits per byte of every checkpoint, by step.</summary>
    /// <exception cref="InputException">A file is not one of bits per byte.</exception>
    public static IReadOnlyList<CheckpointBits> ReadBits(string folder) =>
    [
        .. CheckpointFolders.Of(folder)
            .Select(step => (step.Step, File: Path.Combine(step.Folder, "bits_per_byte.json")))
            .Where(step => File.Exists(step.File))
            .Select(step => (step.Step, Content: CanonicalJson.ReadFile<BitsFile>(step.File)))
            .Select(step => new CheckpointBits(step.Step, Known(step.Content.Components), step.Content.Total)),
    ];

    // lm-eval itself puts the time into the name; the last is the newest.
    private static string? ResultsIn(string folder)
    {
        string plain = Path.Combine(folder, "results.json");
        return File.Exists(plain) ? plain : Directory.GetFiles(folder, "results_*.json").Max(StringComparer.Ordinal);
    }

    private static ResultsFile ReadResults(string file)
    {
        try
        {
            string json = PythonNumbers.Quoted(InputFile.ReadAllText(file, LongestFile));
            return JsonSerializer.Deserialize<ResultsFile>(json, CanonicalJson.Line) ?? throw new JsonException("the file says null");
        }
        catch (JsonException exception)
        {
            throw new InputException(file, exception.Path, $"expected results in the layout of lm-eval: {exception.Message}", "Evaluate the checkpoint again.", exception);
        }
    }

    private static List<TaskScore> Scores(ResultsFile file)
    {
        var groupOf = new Dictionary<string, string>();
        foreach ((string group, List<string?>? tasks) in file.GroupSubtasks ?? [])
            foreach (string task in (tasks ?? []).OfType<string>().Where(task => task != group))
                groupOf.TryAdd(task, group);

        var scores = new List<TaskScore>();
        // lm-eval repeats a group among the results.
        foreach ((string task, Dictionary<string, JsonElement>? metrics) in (file.Results ?? []).Concat(file.Groups ?? []).DistinctBy(entry => entry.Key))
        {
            foreach ((string key, JsonElement element) in metrics ?? [])
            {
                string[] parts = key.Split(',', 2);
                if (parts.Length != 2 || parts[0].EndsWith(ErrorEnding, StringComparison.Ordinal) || Number(element) is not { } value)
                    continue;
                double? error = metrics!.TryGetValue($"{parts[0]}{ErrorEnding},{parts[1]}", out JsonElement given) ? Number(given) : null;
                string metric = parts[1] == "none" ? parts[0] : $"{parts[0]} ({parts[1]})";
                scores.Add(new TaskScore(
                    task, metric, value, error is { } known && double.IsFinite(known) ? known : null,
                    HigherIsBetter(file, task, parts[0]), groupOf.GetValueOrDefault(task), Samples(file, task, metrics)));
            }
        }
        return scores;
    }

    // "N/A" and the like are no numbers; NaN and infinities are.
    private static double? Number(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Number => element.GetDouble(),
        JsonValueKind.String => element.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => null,
        },
        _ => null,
    };

    // For a group it may stand at its tasks alone.
    private static bool? HigherIsBetter(ResultsFile file, string task, string metric)
    {
        IEnumerable<string?> tasks = [task, .. file.GroupSubtasks?.GetValueOrDefault(task) ?? []];
        return tasks.OfType<string>()
            .Select(name => file.HigherIsBetter?.GetValueOrDefault(name)?.GetValueOrDefault(metric))
            .FirstOrDefault(known => known is not null);
    }

    private static long? Samples(ResultsFile file, string task, Dictionary<string, JsonElement> metrics)
    {
        if (file.Samples?.GetValueOrDefault(task)?.Effective is { } effective)
            return effective;
        return metrics.TryGetValue("sample_len", out JsonElement length) && length.ValueKind == JsonValueKind.Number && length.TryGetInt64(out long count)
            ? count
            : null;
    }

    private static Dictionary<string, ComponentScore> Known(Dictionary<string, ComponentScore?>? components) =>
        (components ?? []).Where(component => component.Value is not null).ToDictionary(component => component.Key, component => component.Value!);

    private sealed record ResultsFile(
        Dictionary<string, Dictionary<string, JsonElement>?>? Results,
        Dictionary<string, Dictionary<string, JsonElement>?>? Groups,
        Dictionary<string, List<string?>?>? GroupSubtasks,
        Dictionary<string, Dictionary<string, bool?>?>? HigherIsBetter,
        [property: JsonPropertyName("n-samples")] Dictionary<string, SampleCount?>? Samples);

    private sealed record SampleCount(long? Original, long? Effective);

    private sealed record BitsFile(Dictionary<string, ComponentScore?>? Components, ComponentScore? Total);
}
