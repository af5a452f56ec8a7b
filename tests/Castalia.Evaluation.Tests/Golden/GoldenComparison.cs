using System.Collections.Concurrent;
using System.Text.Json;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation.Tests.Golden;

/// <summary>Lays a run of ours beside the reference's and tells what differs.</summary>
internal sealed class GoldenComparison
{
    private const int MostTold = 40;

    private static readonly ConcurrentDictionary<(GoldenFiles, string), Lazy<GoldenComparison>> Made = new();

    private readonly List<string> _differences = [];

    private GoldenComparison(GoldenFiles files, string name)
    {
        using var golden = new GoldenRun(files, name);
        Requests = golden.Result.GetProperty("n_requests").GetInt32();
        EvaluationResult result;
        try
        {
            result = golden.Run();
        }
        catch (InputException error)
        {
            Tell(error.Message);
            return;
        }
        foreach (TaskFailure failure in result.Failures)
            Tell($"{failure.Task}: {failure.Error.Message}");
        CompareRequests(golden, result);
        ComparePlan(golden, result);
        if (!golden.IsUnscored)
            CompareTasks(golden, result);
        CompareGroups(golden, result);
        if (!golden.IsUnscored)
            CompareFile(golden, result);
        CompareDocuments(golden, result);
    }

    /// <summary>Requests of the reference's run.</summary>
    public int Requests { get; }

    /// <summary>What differs, the first things only; none if the runs are equal.</summary>
    public IReadOnlyList<string> Differences => _differences;

    /// <summary>Whether every prompt is equal to the byte, and asked in the same order.</summary>
    public bool RequestsAreEqual { get; private set; }

    /// <summary>Compares a run; once, however often it is asked for.</summary>
    public static GoldenComparison Of(GoldenFiles files, string name) =>
        Made.GetOrAdd((files, name), key => new Lazy<GoldenComparison>(() => new GoldenComparison(key.Item1, key.Item2))).Value;

    private void Tell(string difference)
    {
        if (_differences.Count < MostTold)
            _differences.Add(difference.Length > 600 ? difference[..600] + " ..." : difference);
    }

    private void Same<T>(string what, T expected, T found)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, found))
            Tell($"{what}: expected {expected}, found {found}");
    }

    // Every step of the fake model is exact, so sums are too; only the last division or exponential may round another way.
    private void Near(string what, double expected, double found)
    {
        if (!(Math.Abs(expected - found) <= 1e-12 * Math.Abs(expected)))
            Tell(FormattableString.Invariant($"{what}: expected {expected:R}, found {found:R}"));
    }

    private void CompareRequests(GoldenRun golden, EvaluationResult result)
    {
        using RequestsHash requests = result.Plan.HashRequests();
        Same("n_requests", Requests, requests.Count);
        string expected = golden.Result.GetProperty("requests_sha256").GetString()!;
        RequestsAreEqual = expected == requests.Value;
        Same("requests_sha256", expected, requests.Value);
    }

    // Hashes of rows, prompts and targets do not need any scores.
    private void ComparePlan(GoldenRun golden, EvaluationResult result)
    {
        JsonElement hashes = golden.Result.GetProperty("task_hashes");
        Same("tasks", hashes.EnumerateObject().Count(), result.Plan.Tasks.Count);
        foreach (PlannedTask task in result.Plan.Tasks)
        {
            string name = task.Config.Task;
            if (!hashes.TryGetProperty(name, out JsonElement hash))
            {
                Tell($"{name}: the reference has no such task");
                continue;
            }
            Same($"{name}, task_hash", hash.GetString(), SampleHashes.OfTask(task.Instances, task.Config.Filters.Count));
            JsonElement samples = golden.Result.GetProperty("n_samples").GetProperty(name);
            Same($"{name}, n-samples original", samples.GetProperty("original").GetInt32(), task.Total);
            Same($"{name}, n-samples effective", samples.GetProperty("effective").GetInt32(), task.Instances.Count);
        }
    }

    private void CompareTasks(GoldenRun golden, EvaluationResult result)
    {
        foreach (TaskResult task in result.Tasks)
        {
            string name = task.Task.Task;
            if (!golden.Result.GetProperty("results").TryGetProperty(name, out JsonElement expected))
                continue;
            Same($"{name}, alias", expected.GetProperty("alias").GetString(), task.Task.Alias);
            Same($"{name}, sample_len", expected.GetProperty("sample_len").GetInt32(), GroupResult.Documents(task));
            Same($"{name}, n-shot", golden.Result.GetProperty("n_shot").GetProperty(name).ToString(), PythonText.Str(task.ShownFewshot));
            Same($"{name}, version", golden.Result.GetProperty("versions").GetProperty(name).ToString(), PythonText.Str(task.Task.Version ?? "Yaml"));
            CompareMetrics(name, expected, task.Metrics);
            foreach (MetricValue metric in task.Metrics)
            {
                if (golden.Result.GetProperty("higher_is_better").GetProperty(name).TryGetProperty(metric.Metric, out JsonElement higher))
                    Same($"{name}, higher_is_better of {metric.Metric}", higher.GetBoolean(), metric.HigherIsBetter);
            }
        }
    }

    private void CompareGroups(GoldenRun golden, EvaluationResult result)
    {
        JsonElement groups = golden.Result.GetProperty("groups");
        int expectedGroups = groups.ValueKind == JsonValueKind.Object ? groups.EnumerateObject().Count() : 0;
        Same("groups", expectedGroups, result.Groups.Count);
        foreach (GroupResult group in result.Groups)
        {
            string name = group.Group.Group;
            if (expectedGroups == 0 || !groups.TryGetProperty(name, out JsonElement expected))
            {
                Tell($"{name}: the reference has no such group");
                continue;
            }
            Same($"{name}, alias", expected.GetProperty("alias").GetString(), group.Group.Alias);
            Same($"{name}, sample_len", expected.GetProperty("sample_len").GetInt32(), group.Size);
            Same($"{name}, version", golden.Result.GetProperty("versions").GetProperty(name).ToString(),
                group.Group.Version is { } version ? PythonText.Str(version) : "N/A");
            Same($"{name}, members", string.Join(' ', golden.Result.GetProperty("group_subtasks").GetProperty(name).EnumerateArray()), string.Join(' ', group.Members));
            CompareMetrics(name, expected, group.Metrics);
        }
    }

    // What the results file says of tasks and groups alike, under the names that it has there.
    private void CompareFile(GoldenRun golden, EvaluationResult result)
    {
        using var file = JsonDocument.Parse(ResultsFile.Text(result, new RunDescription()));
        foreach ((string key, string own) in (ReadOnlySpan<(string, string)>)[("versions", "versions"), ("n_shot", "n-shot"), ("higher_is_better", "higher_is_better")])
            Same(key, Canonical(PythonJson.FromElement(golden.Result.GetProperty(key))), Canonical(PythonJson.FromElement(file.RootElement.GetProperty(own))));
        Same("results, in order", Names(golden.Result), Names(file.RootElement));

        static string Names(JsonElement root) => string.Join(' ', root.GetProperty("results").EnumerateObject().Select(one => one.Name));
    }

    private void CompareMetrics(string name, JsonElement expected, IReadOnlyList<MetricValue> metrics)
    {
        string[] stated = [.. expected.EnumerateObject().Select(p => p.Name).Where(key => key.Contains(',') && !key.Contains("_stderr,", StringComparison.Ordinal))];
        Same($"{name}, metrics", string.Join(' ', stated), string.Join(' ', metrics.Select(metric => metric.Key)));
        foreach (MetricValue metric in metrics.Where(metric => stated.Contains(metric.Key)))
        {
            Near($"{name}, {metric.Key}", expected.GetProperty(metric.Key).GetDouble(), metric.Value);
            JsonElement error = expected.GetProperty($"{metric.Metric}_stderr,{metric.Filter}");
            string what = $"{name}, stderr of {metric.Key}";
            if (error.ValueKind == JsonValueKind.String || metric.Error is null)
                Same(what, error.ValueKind == JsonValueKind.String ? error.GetString() : error.GetRawText(), metric.Error is { } found ? PythonText.Str(found) : "N/A");
            else
                Near(what, error.GetDouble(), metric.Error.Value);
        }
    }

    private void CompareDocuments(GoldenRun golden, EvaluationResult result)
    {
        var planned = result.Plan.Tasks.ToDictionary(task => task.Config.Task);
        var scored = result.Tasks.ToDictionary(task => task.Task.Task);
        if (golden.Documents.Count == 0)
            Tell("the reference gives no document");
        foreach (JsonElement document in golden.Documents)
        {
            string task = document.GetProperty("task").GetString()!;
            int id = document.GetProperty("doc_id").GetInt32();
            if (!planned.TryGetValue(task, out PlannedTask? plan) || id >= plan.Instances.Count)
                continue;
            string place = $"{task}, document {id}";
            CompareInstance(place, document, plan.Instances[id]);
            if (!scored.TryGetValue(task, out TaskResult? own))
                continue;
            string filter = document.GetProperty("filter").GetString()!;
            if (own.Samples[id].Filtered.FirstOrDefault(sample => sample.Filter == filter) is { } filtered)
                CompareAnswers($"{place}, {filter}", document, filtered, golden.IsUnscored);
            else
                Tell($"{place}: there is no filter '{filter}'");
        }
    }

    // Files that ship with the repository leave out of generated documents what the run's own hashes tell as well.
    private void CompareInstance(string place, JsonElement document, TaskInstance instance)
    {
        SampleHashes hashes = SampleHashes.Of(instance);
        if (!document.TryGetProperty("doc_hash", out JsonElement hash))
            return;
        if (hash.GetString() != hashes.Document)
            Tell($"{place}, doc_hash: found the row {PythonJson.Dumps(instance.Document.Row, ensureAscii: false)}");
        Same($"{place}, prompt_hash", document.GetProperty("prompt_hash").GetString(), hashes.Prompt);
        if (document.GetProperty("target_hash").GetString() != hashes.Target)
            Tell($"{place}, target: expected {document.GetProperty("target")}, found {PythonText.Str(instance.Target)}");
        JsonElement[] requests = document.TryGetProperty("requests", out JsonElement listed) ? [.. listed.EnumerateArray()] : [];
        string context = requests.Length > 0 ? requests[0][0].GetString()! : document.GetProperty("context").GetString()!;
        if (context != instance.Prompt)
            Tell($"{place}, prompt: {FirstDifference(context, instance.Prompt)}");
        IEnumerable<JsonElement> continuations = requests.Length == 0 ? document.GetProperty("continuations").EnumerateArray()
            : requests.Where(request => request.GetArrayLength() > 1 && request[1].ValueKind == JsonValueKind.String).Select(request => request[1]);
        Same($"{place}, continuations", string.Join('|', continuations), string.Join('|', instance.Requests.Select(request => request.Continuation)));
    }

    private void CompareAnswers(string place, JsonElement document, FilteredSample filtered, bool unscored)
    {
        Same($"{place}, filtered_resps", Canonical(PythonJson.FromElement(document.GetProperty("filtered_resps"))), Canonical(filtered.Answers));
        foreach (JsonProperty metric in unscored ? default : document.GetProperty("metrics").EnumerateObject())
        {
            MetricScore? score = filtered.Scores.Where(own => own.Metric == metric.Name).Select(own => (MetricScore?)own).FirstOrDefault();
            if (score is null)
                Tell($"{place}: there is no metric '{metric.Name}'");
            else
                Same($"{place}, {metric.Name}", Canonical(PythonJson.FromElement(metric.Value)), Canonical(score.Value.Item.ToJson()));
        }
    }

    /// <summary>A value with whole numbers, floats and pairs written alike.</summary>
    private static string Canonical(object? value) => value switch
    {
        Loglikelihood answer => Canonical(new object?[] { answer.Value, answer.IsGreedy }),
        bool truth => truth ? "True" : "False",
        long number => PythonText.Str((double)number),
        IReadOnlyList<object?> list => "[" + string.Join(", ", list.Select(Canonical)) + "]",
        string text => PythonText.Repr(text),
        _ => PythonText.Str(value),
    };

    private static string FirstDifference(string expected, string found)
    {
        int at = expected.AsSpan().CommonPrefixLength(found);
        return $"from character {at} on expected {PythonText.Repr(expected[at..Math.Min(expected.Length, at + 120)])}, "
            + $"found {PythonText.Repr(found[at..Math.Min(found.Length, at + 120)])}";
    }
}
