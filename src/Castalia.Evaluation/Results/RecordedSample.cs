using System.Globalization;
using System.Text.Json;

namespace Castalia.Evaluation;

/// <summary>One request of a document with its answer.</summary>
/// <param name="Context">What the model was shown.</param>
/// <param name="Text">The continuation that was scored; empty for a text that was scored whole or generated.</param>
/// <param name="Loglikelihood">Its log-likelihood in nats; null for a generated text.</param>
/// <param name="Generated">The generated text; null for a log-likelihood.</param>
public sealed record RecordedAnswer(string Context, string Text, double? Loglikelihood, string? Generated);

/// <summary>One line of a samples file of ours or of lm-evaluation-harness.</summary>
/// <param name="Id">The document's number in its split.</param>
/// <param name="Filter">The pipeline of filters.</param>
/// <param name="Target">The right answer.</param>
/// <param name="Answers">The requests and what came back; empty when texts were not asked for.</param>
/// <param name="Filtered">The answer that was scored.</param>
/// <param name="Metrics">The document's numbers; those that are no numbers are left out.</param>
/// <param name="Hash">The row's hash; null where there is none.</param>
public sealed record RecordedSample(
    long Id, string Filter, string Target, IReadOnlyList<RecordedAnswer> Answers, string Filtered, IReadOnlyDictionary<string, double> Metrics, string? Hash)
{
    private const int Most = 2_000_000;

    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics", "doc_hash", "prompt_hash", "target_hash",
    };

    /// <summary>Reads a samples file line by line.</summary>
    /// <param name="path">The file.</param>
    /// <param name="texts">Whether prompts and answers are wanted beside the numbers.</param>
    /// <exception cref="InputException">A line is not a sample.</exception>
    public static IEnumerable<RecordedSample> Read(string path, bool texts = true)
    {
        int count = 0;
        foreach ((int line, JsonDocument json) in RecordedJson.ReadLines(path))
        {
            using (json)
            {
                if (++count > Most)
                    throw new InputException(path, $"line {line}", $"at most {Most} samples are expected.", "Split the file.");
                yield return Of(path, line, json.RootElement, texts);
            }
        }
    }

    private static RecordedSample Of(string path, int line, JsonElement root, bool texts)
    {
        try
        {
            if (!root.TryGetProperty("doc_id", out JsonElement id) || id.ValueKind != JsonValueKind.Number || !id.TryGetInt64(out long number))
                throw new InputException(path, $"line {line}", "a whole number 'doc_id' is expected.", "Name a file of samples that the harness wrote.");
            var metrics = new OrderedDictionary<string, double>(StringComparer.Ordinal);
            foreach (JsonProperty member in root.EnumerateObject())
            {
                if (!Known.Contains(member.Name) && member.Value.ValueKind != JsonValueKind.Array && RecordedJson.Number(member.Value) is { } value)
                    metrics[member.Name] = value;
            }
            return new RecordedSample(number, Text(root, "filter") is { Length: > 0 } filter ? filter : "none", texts ? Text(root, "target") : "", texts ? AnswersOf(root) : [],
                texts && root.TryGetProperty("filtered_resps", out JsonElement filtered) ? Shown(filtered) : "", metrics, Text(root, "doc_hash") is { Length: > 0 } hash ? hash : null);
        }
        catch (InvalidOperationException error)
        {
            throw new InputException(path, $"line {line}", "a text in it is not Unicode.", "Write the file anew.", error);
        }
    }

    // {"gen_args_0": {"arg_0": ..., "arg_1": ...}} now, [["context", "continuation"], ...] in older files.
    private static List<RecordedAnswer> AnswersOf(JsonElement root)
    {
        var answers = new List<RecordedAnswer>();
        if (!root.TryGetProperty("arguments", out JsonElement arguments))
            return answers;
        IEnumerable<JsonElement> requests = Members(arguments);
        List<JsonElement> responses = root.TryGetProperty("resps", out JsonElement resps) ? [.. Members(resps)] : [];
        int i = 0;
        foreach (JsonElement request in requests)
        {
            string[] fields = [.. Members(request).Where(field => field.ValueKind == JsonValueKind.String).Select(field => field.GetString()!)];
            JsonElement? response = i < responses.Count ? Innermost(responses[i]) : null;
            i++;
            double? loglikelihood = response is { ValueKind: JsonValueKind.Array } pair && pair.GetArrayLength() > 0 ? RecordedJson.Number(pair[0])
                : response is { ValueKind: JsonValueKind.Number } alone ? alone.GetDouble()
                : fields.Length == 1 && Members(request).Count() == 1 && response is { ValueKind: JsonValueKind.String } rolling ? RecordedJson.Number(rolling) : null;
            answers.Add(new RecordedAnswer(fields.ElementAtOrDefault(0) ?? "", fields.ElementAtOrDefault(1) ?? "", loglikelihood,
                loglikelihood is null && response is { } text ? Shown(text) : null));
        }
        return answers;
    }

    // The responses to one request, of which the first is taken: [[ll, greedy]] or ["text"].
    private static JsonElement Innermost(JsonElement response) =>
        response.ValueKind == JsonValueKind.Array && response.GetArrayLength() > 0 ? response[0] : response;

    private static IEnumerable<JsonElement> Members(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().Select(member => member.Value),
        JsonValueKind.Array => element.EnumerateArray(),
        _ => [],
    };

    private static string Shown(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString()!,
        JsonValueKind.Array when element.GetArrayLength() == 1 => Shown(element[0]),
        JsonValueKind.Array => string.Join("  ", element.EnumerateArray().Select(one => one.ValueKind == JsonValueKind.Array ? string.Join(" ", one.EnumerateArray().Select(Shown)) : Shown(one))),
        JsonValueKind.Number when element.TryGetInt64(out long whole) => whole.ToString(CultureInfo.InvariantCulture),
        _ => element.GetRawText(),
    };

    private static string Text(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value) ? Shown(value) : "";
}
