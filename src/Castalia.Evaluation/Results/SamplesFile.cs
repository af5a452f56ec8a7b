using System.Text;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation;

/// <summary>One <c>samples_TASK.jsonl</c> in the layout of the harness: one object a document and pipeline of filters.</summary>
public static class SamplesFile
{
    /// <summary>Writes every document of a task.</summary>
    /// <param name="path">The file.</param>
    /// <param name="task">What to write.</param>
    public static void Write(string path, TaskResult task)
    {
        ArgumentNullException.ThrowIfNull(task);
        AtomicFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
            for (int filter = 0; filter < task.Task.Filters.Count; filter++)
            {
                foreach (SampleResult sample in task.Samples)
                    writer.Write(PythonJson.Dumps(Line(sample, sample.Filtered[filter]), ensureAscii: false) + "\n");
            }
        });
    }

    private static OrderedDictionary<string, object?> Line(SampleResult sample, FilteredSample filtered)
    {
        TaskInstance instance = sample.Instance;
        SampleHashes hashes = SampleHashes.Of(instance);
        var line = new OrderedDictionary<string, object?>(StringComparer.Ordinal)
        {
            ["doc_id"] = (long)instance.Document.Id,
            ["doc"] = instance.Document.Row,
            ["target"] = PythonText.Str(instance.Target),
            ["arguments"] = Arguments(instance),
            ["resps"] = sample.Answers.Select(answers => (object?)answers.Select(Leaf).ToList()).ToList(),
            ["filtered_resps"] = filtered.Answers.Select(Leaf).ToList(),
            ["filter"] = filtered.Filter,
            ["metrics"] = filtered.Scores.Select(score => (object?)score.Metric).ToList(),
            ["doc_hash"] = hashes.Document,
            ["prompt_hash"] = hashes.Prompt,
            ["target_hash"] = hashes.Target,
        };
        foreach (MetricScore score in filtered.Scores)
            line[score.Metric] = score.Item.ToJson();
        return line;
    }

    private static OrderedDictionary<string, object?> Arguments(TaskInstance instance)
    {
        var arguments = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (LoglikelihoodRequest request in instance.Requests)
            arguments[$"gen_args_{arguments.Count}"] = new OrderedDictionary<string, object?> { ["arg_0"] = request.Context, ["arg_1"] = request.Continuation };
        if (instance.Rolling is { } rolling)
            arguments["gen_args_0"] = new OrderedDictionary<string, object?> { ["arg_0"] = rolling.Text };
        if (instance.Generation is { } generation)
            arguments["gen_args_0"] = new OrderedDictionary<string, object?> { ["arg_0"] = generation.Context, ["arg_1"] = generation.Arguments };
        return arguments;
    }

    /// <summary>Every leaf is text, as the harness writes them.</summary>
    private static object? Leaf(object? answer) => answer switch
    {
        Loglikelihood loglikelihood => new List<object?> { PythonText.Str(loglikelihood.Value), PythonText.Str(loglikelihood.IsGreedy) },
        IReadOnlyList<object?> list => list.Select(Leaf).ToList(),
        _ => PythonText.Str(answer),
    };
}
