using System.Text.Json;
using System.Text.RegularExpressions;

namespace Castalia.Evaluation;

/// <summary>One number of a results file.</summary>
/// <param name="Task">The task or group.</param>
/// <param name="Metric">The metric.</param>
/// <param name="Filter">The pipeline of filters.</param>
/// <param name="Value">The number.</param>
/// <param name="Error">Its standard error; null where there is none.</param>
public sealed record RecordedNumber(string Task, string Metric, string Filter, double Value, double? Error);

/// <summary>A results file of ours or of lm-evaluation-harness, as it was read.</summary>
/// <param name="File">The file.</param>
/// <param name="Model">The model's name; empty where the file has none.</param>
/// <param name="Numbers">All numbers, in the file's order.</param>
/// <param name="Facts">What else is said of each task (version, n-shot, hash, documents): by what and task, as JSON.</param>
public sealed partial record RecordedResults(string File, string Model, IReadOnlyList<RecordedNumber> Numbers, IReadOnlyDictionary<(string What, string Task), string> Facts)
{
    /// <summary>Reads a results file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">The file is not one of results.</exception>
    public static RecordedResults Read(string path)
    {
        using JsonDocument json = RecordedJson.ReadFile(path);
        try
        {
            JsonElement root = json.RootElement;
            if (!root.TryGetProperty("results", out JsonElement results) || results.ValueKind != JsonValueKind.Object)
                throw new InputException(path, null, "an object 'results' is expected.", "Name a results file of castalia eval or lm_eval.");
            var numbers = new List<RecordedNumber>();
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (JsonProperty task in Members(results).Concat(Members(root, "groups")).Where(task => seen.Add(task.Name)))
                numbers.AddRange(NumbersOf(task));
            var facts = new Dictionary<(string, string), string>();
            foreach (string what in new[] { "versions", "n-shot", "task_hashes", "n-samples" })
            {
                foreach (JsonProperty task in Members(root, what))
                    facts[(what, task.Name)] = task.Value.GetRawText();
            }
            return new RecordedResults(path, root.TryGetProperty("model_name", out JsonElement model) && model.ValueKind == JsonValueKind.String ? model.GetString()! : "", numbers, facts);
        }
        catch (InvalidOperationException error)
        {
            throw new InputException(path, null, "a text in it is not Unicode.", "Write the file anew.", error);
        }
    }

    /// <summary>The samples of a task that stand beside the file; null for none.</summary>
    /// <param name="task">The task.</param>
    public string? SamplesOf(string task)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(File))!;
        Match stamp = Stamp().Match(Path.GetFileName(File));
        string end = stamp.Success ? "_" + stamp.Groups[1].Value + ".jsonl" : ".jsonl";
        string sanitized = Path.Combine(folder, $"samples_{ResultsFile.SanitizeTaskName(task)}{end}");
        // Older versions of the harness leave the task's name as it is.
        string plain = Path.Combine(folder, $"samples_{Path.GetFileName(task)}{end}");
        return System.IO.File.Exists(sanitized) ? sanitized : System.IO.File.Exists(plain) ? plain : null;
    }

    private static IEnumerable<RecordedNumber> NumbersOf(JsonProperty task)
    {
        foreach (JsonProperty member in Members(task.Value))
        {
            int comma = member.Name.IndexOf(',', StringComparison.Ordinal);
            if (comma < 0 || member.Name[..comma].EndsWith("_stderr", StringComparison.Ordinal) || RecordedJson.Number(member.Value) is not { } value)
                continue;
            string metric = member.Name[..comma], filter = member.Name[(comma + 1)..];
            double? error = task.Value.TryGetProperty($"{metric}_stderr,{filter}", out JsonElement found) ? RecordedJson.Number(found) : null;
            yield return new RecordedNumber(task.Name, metric, filter, value, error);
        }
    }

    private static IEnumerable<JsonProperty> Members(JsonElement element, string? name = null)
    {
        if (name is not null && !element.TryGetProperty(name, out element))
            return [];
        return element.ValueKind == JsonValueKind.Object ? element.EnumerateObject() : [];
    }

    [GeneratedRegex(@"_(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?)\.json$")]
    private static partial Regex Stamp();
}
