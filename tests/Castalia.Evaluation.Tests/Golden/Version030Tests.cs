using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Castalia.Testing;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation.Tests.Golden;

/// <summary>
/// Tasks as lm-evaluation-harness v0.3.0 has them, against the hashes and numbers that stand in its own tests: documents are shuffled, and every
/// likelihood is drawn by chance from a known seed.
/// </summary>
public sealed class Version030Tests
{
    private static readonly JsonElement[] Reference =
        [.. JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("eval", "v030", "reference.json"))).RootElement.EnumerateArray().Where(task => task.GetProperty("verified").GetBoolean())];

    public static TheoryData<string, string> AtHand
    {
        get
        {
            var tasks = new TheoryData<string, string>();
            foreach (JsonElement task in Reference)
            {
                string name = task.GetProperty("task").GetString()!;
                // The largest folder that has the data.
                if (GoldenFiles.All.LastOrDefault(files => Has(files, name)) is { } files)
                    tasks.Add(files.Name, name);
            }
            return tasks;
        }
    }

    [Fact]
    public void Every_task_is_there_and_most_of_their_data()
    {
        Assert.Equal(167, Reference.Length);
        Assert.All(Reference, task => Assert.Single(Load(task.GetProperty("task").GetString()!)));
        Assert.True(AtHand.Count >= (GoldenFiles.All.Count > 1 ? 167 : 137), $"{AtHand.Count} tasks have their data at hand");
    }

    [Theory]
    [MemberData(nameof(AtHand))]
    public void Equals_the_reference(string files, string task)
    {
        JsonElement expected = Reference.Single(one => one.GetProperty("task").GetString() == task);
        var options = new EvaluationOptions { NumFewshot = 0, BootstrapIterations = 10, Datasets = Library(GoldenFiles.All.Single(all => all.Name == files)) };
        PlannedTask planned = EvaluationPlan.Build(Load(task), options, null, TestContext.Current.CancellationToken).Tasks.Single();
        TaskInstance[] instances = [.. planned.Instances];
        new PythonRandom(42).Shuffle(instances);
        planned = planned with { Instances = instances };

        object?[] requests = [.. instances.SelectMany(instance => Requests(instance, planned.Config.Repeats))];
        JsonProperty hash = expected.GetProperty("request_sha256").EnumerateObject().Single();
        Assert.Equal(expected.GetProperty("n_requests").GetProperty(hash.Name).GetInt32(), requests.Length);
        Assert.Equal(hash.Value.GetString(), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(PythonJson.Dumps(requests)))));

        var random = new PythonRandom(42);
        IReadOnlyList<object?>[][] answers = [.. instances.Select(instance => Answers(instance, planned.Config.Repeats, random))];
        TaskResult result = TaskScorer.Score(planned, answers, options, TestContext.Current.CancellationToken);
        Assert.Equal(
            expected.GetProperty("results").EnumerateObject().Select(value => value.Name).Where(name => !name.EndsWith("_stderr", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            result.Metrics.Select(OldName).Order(StringComparer.Ordinal));
        foreach (MetricValue metric in result.Metrics)
        {
            Near(expected.GetProperty("results").GetProperty(OldName(metric)).GetDouble(), metric.Value);
            if (expected.GetProperty("results").TryGetProperty(OldName(metric) + "_stderr", out JsonElement error))
                Near(error.GetDouble(), Assert.NotNull(metric.Error));
            else
                Assert.Null(metric.Error);
        }
    }

    [Fact]
    public void Detokenizes_as_the_reference()
    {
        foreach (JsonElement vector in VectorJson.Read("general_detokenize.json").EnumerateArray())
            Assert.Equal(vector.GetProperty("out").GetString(), Wsc.Detokenize(vector.GetProperty("inp").GetString()!));
    }

    private static IReadOnlyList<TaskNode> Load(string task) => GoldenRun.Library.Load("v030_" + task);

    private static DatasetLibrary Library(GoldenFiles files) => new() { Folders = [files.Data] };

    private static bool Has(GoldenFiles files, string task)
    {
        TaskConfig config = Load(task).Single().Tasks.Single();
        try
        {
            return Library(files).Open(config.Dataset).Splits.Contains(config.EvaluationSplit);
        }
        catch (InputException)
        {
            return false;
        }
    }

    private static IEnumerable<object?> Requests(TaskInstance instance, int repeats)
    {
        IEnumerable<object?[]> once = instance.Generation is { } generation
            ? [[generation.Context, generation.Arguments["until"]]]
            : instance.Requests.Select(request => new object?[] { request.Context, request.Continuation });
        return once.SelectMany(request => Enumerable.Repeat(request, repeats));
    }

    private static IReadOnlyList<object?>[] Answers(TaskInstance instance, int repeats, PythonRandom random)
    {
        if (instance.Generation is not null)
            return [["lol"]];
        var answers = new IReadOnlyList<object?>[instance.Requests.Count];
        for (int i = 0; i < answers.Length; i++)
        {
            var own = new object?[repeats];
            for (int j = 0; j < repeats; j++)
                own[j] = new Loglikelihood(-random.NextDouble(), false);
            answers[i] = own;
        }
        return answers;
    }

    private static string OldName(MetricValue metric) => metric.Metric switch
    {
        "perplexity" => "ppl",
        "exact_match" => "acc",
        var name => name,
    };

    private static void Near(double expected, double found) => Assert.InRange(found, expected - 1e-5, expected + 1e-5);
}
