using System.Text.Json;

namespace Castalia.Evaluation.Tests.Golden;

/// <summary>Whole runs must equal the reference's: every prompt, every value, every standard error.</summary>
public sealed class GoldenRunTests
{
    public static TheoryData<string, int, int, long> Runs => new()
    {
        { "arc_easy__0shot", 0, 0, 1234 },
        { "arc_easy__5shot", 5, 0, 1234 },
        { "arc_easy__5shot__fsseed42", 5, 200, 42 },
        { "lambada_openai__0shot", 0, 0, 1234 },
        { "blimp__0shot", 0, 0, 1234 },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public void Equals_the_reference(string name, int shots, int limit, long seed)
    {
        using var golden = new GoldenRun(name);
        var options = new EvaluationOptions { NumFewshot = shots, Limit = limit == 0 ? null : limit, FewshotSeed = seed, BootstrapIterations = 1000 };
        EvaluationResult result = golden.Run(options);

        using RequestsHash requests = result.Plan.HashRequests();
        Assert.Equal(golden.Result.GetProperty("n_requests").GetInt32(), requests.Count);
        Assert.Equal(golden.Result.GetProperty("requests_sha256").GetString(), requests.Value);
        Assert.Equal(golden.Result.GetProperty("results").EnumerateObject().Count(p => result.Groups.All(g => g.Group.Group != p.Name)), result.Tasks.Count);
        foreach (TaskResult task in result.Tasks)
        {
            JsonElement expected = golden.Result.GetProperty("results").GetProperty(task.Task.Task);
            Assert.Equal(golden.Result.GetProperty("task_hashes").GetProperty(task.Task.Task).GetString(),
                SampleHashes.OfTask(task.Samples.Select(sample => sample.Instance)));
            Assert.Equal(golden.Result.GetProperty("n_samples").GetProperty(task.Task.Task).GetProperty("original").GetInt32(), task.Total);
            Assert.Equal(expected.GetProperty("sample_len").GetInt32(), task.Samples.Count);
            AssertMetrics(expected, task.Metrics);
        }
        foreach (GroupResult group in result.Groups)
        {
            JsonElement expected = golden.Result.GetProperty("groups").GetProperty(group.Group.Group);
            Assert.Equal(expected.GetProperty("sample_len").GetInt32(), group.Size);
            AssertMetrics(expected, group.Metrics);
        }
        AssertDocuments(golden, result);
    }

    // Every step of the fake model is exact, so sums are too; only the last division or exponential may round another way.
    private static void AssertMetrics(JsonElement expected, IReadOnlyList<MetricValue> metrics)
    {
        int stated = expected.EnumerateObject().Count(p => p.Name.EndsWith(",none", StringComparison.Ordinal));
        Assert.Equal(stated, metrics.Count * 2);
        foreach (MetricValue metric in metrics)
        {
            Assert.Equal(expected.GetProperty($"{metric.Metric},none").GetDouble(), metric.Value, 1e-12 * Math.Abs(metric.Value));
            JsonElement error = expected.GetProperty($"{metric.Metric}_stderr,none");
            if (error.ValueKind == JsonValueKind.String)
                Assert.Null(metric.Error);
            else
                Assert.Equal(error.GetDouble(), metric.Error!.Value, 1e-12 * error.GetDouble());
        }
    }

    private static void AssertDocuments(GoldenRun golden, EvaluationResult result)
    {
        var tasks = result.Tasks.ToDictionary(task => task.Task.Task);
        Assert.NotEmpty(golden.Documents);
        foreach (JsonElement document in golden.Documents)
        {
            TaskResult task = tasks[document.GetProperty("task").GetString()!];
            SampleResult sample = task.Samples[document.GetProperty("doc_id").GetInt32()];
            SampleHashes hashes = SampleHashes.Of(sample.Instance);
            Assert.Equal(document.GetProperty("doc_hash").GetString(), hashes.Document);
            Assert.Equal(document.GetProperty("prompt_hash").GetString(), hashes.Prompt);
            Assert.Equal(document.GetProperty("target_hash").GetString(), hashes.Target);
            JsonElement[] answers = [.. document.GetProperty("filtered_resps").EnumerateArray()];
            Assert.Equal(answers.Length, sample.Answers.Count);
            for (int i = 0; i < answers.Length; i++)
                Assert.Equal(new Loglikelihood(answers[i][0].GetDouble(), answers[i][1].GetBoolean()), sample.Answers[i][0]);
            for (int i = 0; i < task.Task.Metrics.Count; i++)
                Assert.Equal(document.GetProperty("metrics").GetProperty(task.Task.Metrics[i].Name).GetDouble(), sample.Filtered[0].Scores[i].Item.Value);
            if (document.TryGetProperty("context", out JsonElement context))
            {
                Assert.All(sample.Instance.Requests, request => Assert.Equal(context.GetString(), request.Context));
                Assert.Equal(document.GetProperty("continuations").EnumerateArray().Select(c => c.GetString()), sample.Instance.Requests.Select(r => r.Continuation));
            }
        }
    }
}
